//! Sentences as people write them, by what they are for.

pub const MESSAGES: &[&str] = &[
    "Could you move the appointment to Thursday afternoon?",
    "Thank you, the parcel arrived this morning.",
    "The second invoice shows the wrong address.",
    "I would like to change the delivery date.",
    "Is the blue one still available in large?",
    "Please send the receipt to my office.",
    "We are running about ten minutes late.",
    "The link worked, everything is fine now.",
    "How do I add another person to the account?",
    "That was quick, thanks for your help.",
    "The door was open when I came back.",
    "See you on Monday at nine.",
];

pub const SUMMARIES: &[&str] = &[
    "Asked about a late delivery and got a new date.",
    "The order was changed and confirmed by email.",
    "Reported a wrong amount on the last invoice; corrected.",
    "Moved the appointment to the following week.",
    "Wanted to know the opening hours on Saturday.",
    "Requested a copy of the agreement.",
    "Could not sign in; the password was renewed.",
    "Agreed on a visit in the first week of March.",
];

pub const NOTES: &[&str] = &[
    "Prefers to be reached in the morning.",
    "Paid in advance, the second delivery is in May.",
    "Check the address before sending.",
    "Handle with care.",
    "A colleague takes over from next week.",
    "Very satisfied with the service.",
    "Wants a reminder one day before.",
    "To be reviewed at the end of the month.",
];

pub const REASONS: &[&str] = &[
    "Requested by the customer",
    "Duplicate entry",
    "No longer needed",
    "The payment was not confirmed",
    "Outside the opening hours",
    "The details were incomplete",
];

pub const FAULTS: &[&str] = &[
    "The connection timed out",
    "The file could not be read",
    "A required value is missing",
    "The limit was reached",
    "The service did not respond",
];

pub const ABOUT: &[&str] = &[
    "Everything that is needed for a weekend outdoors.",
    "A compact version for small rooms.",
    "The standard choice for teams of up to ten.",
    "Collects new entries and sorts them every night.",
    "Keeps everybody informed about changes.",
    "Replaces the version from last spring.",
    "Reminds people one day before an appointment.",
    "For those who start early and travel light.",
];

pub const PROMPTS: &[&str] = &[
    "Be brief and friendly, and ask before you decide.",
    "Answer in the language of the question.",
    "Name the next step at the end of every answer.",
    "Confirm dates and amounts before you go on.",
];

pub const QUESTIONS: &[&str] = &[
    "When would it suit you best?",
    "Which of the two addresses is the right one?",
    "Would you like a reminder?",
    "How satisfied are you with the result?",
];
