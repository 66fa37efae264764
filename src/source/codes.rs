//! Every stable code, in one table: what it says, why, and what to do. `ayra-mock explain CODE` prints from here.
//!
//! `E` stops the start, `W` warns. The numbers of both are one space:
//! 00xx files, YAML and JSON; 01xx the shape of a document; 02xx references; 03xx keys, settings and scenarios; 04xx operations,
//! parameters and security; 05xx schemas and examples; 06xx what a contract says beyond OpenAPI (`x-…`); 07xx records;
//! 08xx calls and what they are told from.
//! A code is never given a second meaning. One that is no longer used leaves a gap.

/// One code and its explanation.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    pub code: &'static str,
    pub title: &'static str,
    /// Paragraphs of text, examples set in by four spaces.
    pub text: &'static str,
}

/// The explanation of a code, in whatever case it was typed.
pub fn explain(code: &str) -> Option<&'static Code> {
    ALL.iter().find(|entry| entry.code.eq_ignore_ascii_case(code.trim()))
}

const fn code(code: &'static str, title: &'static str, text: &'static str) -> Code {
    Code { code, title, text }
}

#[rustfmt::skip]
pub static ALL: &[Code] = &[
    code("E0001", "the file is not valid YAML",
"The text can't be read as YAML 1.2. The place is where the reader lost the thread, which is often a line below the
mistake: a quote or bracket that is never closed, a line with too few spaces, a colon in an unquoted text.

    title: Pets: all of them          # wrong: a second `: `
    title: \"Pets: all of them\"        # right"),
    code("E0002", "a file can't be read",
"The file is not there, or the system refuses to let it be read. Check the path and its permissions. Paths on the
command line count from the working folder, paths in a file from the folder of that file."),
    code("E0004", "the file is no text",
"A contract, its fixtures and its settings are UTF-8 text without NUL characters. The place is the first byte that is
not. A file in Latin-1 or UTF-16 has to be converted:

    iconv -f latin1 -t utf-8 old.yaml > new.yaml"),
    code("E0005", "a file holds more than one document",
"A line `---` begins another document. A file here is one document. Put the second into a file of its own."),
    code("E0006", "the file holds nothing",
"There is no value in the file: it is empty, or all of it is comments."),
    code("E0007", "a key appears twice in one object",
"Of two members of the same name only one could count, and readers do not agree on which. Remove or rename one.

    limit: { type: integer }
    limit: { type: string }           # wrong"),
    code("E0008", "a tag is not accepted",
"Tags may say `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!seq` and `!!map`, and only on a value that fits. Any
other tag asks a reader to make an object of a programming language out of data, which is never done here.

    when: !!python/object:datetime {} # wrong
    version: !!str 1.0                # right"),
    code("E0009", "a number is not finite",
"`.inf`, `.nan` and numbers beyond the range of a double are values of YAML that JSON has no word for. Write a finite
number, or leave the limit out."),
    code("E0010", "the file is not valid JSON",
"A file whose name ends in `.json` is held to the rules of JSON: double quotes around every key and text, no comma after
the last member, no comments. A file that ends in `.yaml` may hold JSON or YAML."),
    code("E0011", "the file holds too many values, or nests them too deeply",
"A file may hold 1,000,000 values and nest them 128 deep, a scenario 100,000 and 64 deep, every alias counted as what it
stands for. No honest document comes near; a small file with aliases of aliases can unfold to billions of values, and is
refused before it does."),
    code("E0012", "a key is no text",
"The keys of an object are texts. YAML also allows lists and objects as keys, JSON does not.

    ? [a, b]                          # wrong
    : 1

A text that begins with a bracket or a brace is one too, unless it is put in quotes:

    name: {{ vars.who }}              # wrong: an object whose key is an object
    name: \"{{ vars.who }}\"            # right"),
    code("E0013", "an alias names nothing",
"`*name` stands for the value that `&name` marked earlier in the same document. It can't stand before it, and not inside
of it. To refer to something inside of itself use `$ref`."),
    code("E0014", "a tab stands where only spaces can",
"YAML indents with spaces alone, as a tab is of another width in every editor."),
    code("W0015", "other readers of YAML take this value for something else",
"YAML 1.2 is read here. Many tools still read YAML 1.1, in which `no`, `yes`, `on` and `off` are flags, `012` is octal,
`1_000` a number and `12:30:00` the number 45000. Quotes mean a text to everybody.

    country: no                       # the text \"no\" here, false elsewhere
    country: \"no\"                     # a text everywhere"),
    code("W0016", "an integer is larger than 64 bits",
"It is kept as a floating point number, which has about 16 digits. Write a text if every digit counts."),
    code("W0017", "a merge key is used",
"`<<: *name` copies the members of another object in YAML 1.1; it is no part of YAML 1.2. It is honoured here, as many
documents have it, but another tool may see a member named \"<<\"."),
    code("E0018", "a file is too large",
"Of one file 8 MiB are read, and 1 MiB of a scenario. A contract can be split, and refer from one part to the other by `$ref`;
of scenarios several can be armed at a time."),
    code("E0019", "a path is no regular file",
"Folders, pipes, sockets and devices are not read, as to read them could wait for ever."),
    code("E0020", "a folder can't be looked into",
"All files of a folder are read whose names end in `.yaml`, `.yml` or `.json`, and those of the folders in it, four deep and up
to 1,000. Links to folders are not followed, as they may lead round in a circle: put the folder itself there."),
    code("E0021", "a fault of ours kept files from being taken",
"Files that were saved while the server ran could not be made into anything, for a reason that is not in them. The log says where it
happened; what was good last is served. Please report it."),

    code("E0101", "the document is not one of OpenAPI 3.0 or 3.1",
"The first thing a document says is its version, as a text of three numbers:

    openapi: 3.1.0

Without it, or with another version, nothing else can be understood. Swagger 2.0 has to be converted first, for instance
with `npx swagger2openapi old.yaml -o new.yaml`."),
    code("E0102", "a value is of the wrong type",
"The specification asks for another type in this place. A key with nothing behind it is null in YAML, which is rarely
what was meant.

    parameters:                       # wrong: null
    parameters: []                    # right"),
    code("E0103", "a key is not known",
"An object of the specification has no such key, which mostly is a slip: it would be passed over in silence by others.
Keys of your own begin with `x-` and may stand anywhere.

    requestbody: {}                   # wrong
    requestBody: {}                   # right
    x-owner: payments                 # right"),
    code("E0104", "a required key is missing",
"The specification asks for this key, and nothing can be served without it. A parameter needs a `name` and `in`."),
    code("E0105", "a value is none of those allowed",
"In this place the specification names the values that there are, and this is none of them. Upper and lower case count."),
    code("W0106", "a key belongs to another version of OpenAPI",
"A document says its version in `openapi`. A keyword of JSON Schema that came with 3.1 is honoured in a 3.0 document all
the same, but other tools will pass it over. `nullable` left with 3.1:

    nullable: true                    # 3.0
    type: [string, \"null\"]          # 3.1"),
    code("W0107", "something beside a reference has no effect",
"A reference stands for what it leads to. Whatever else is written beside it is passed over, except in schemas since
OpenAPI 3.1, and except `summary` and `description` there.

    $ref: '#/components/parameters/Limit'
    required: true                    # no effect"),
    code("W0108", "an extension looks like one of ours",
"Keys that begin with `x-` are free. This one has no effect and is a letter away from a key that has: `x-mock`,
`x-problem`, `x-source` or `x-assumptions`."),
    code("W0109", "the document is of OpenAPI 3.2",
"It is read as OpenAPI 3.1. What 3.2 added is reported as unknown where it stands, and has no effect."),
    code("W0110", "a key that is required for form's sake is missing",
"The specification asks for this key, so other tools may refuse the document. It is served all the same: a response needs a
`description`, `info` a `title` and a `version`."),
    code("W0111", "a text is written as something else",
"YAML reads `1.0` as a number and `true` as a boolean. In quotes each is a text.

    version: 1.0                      # a number: other tools refuse it
    version: \"1.0\"                  # a text"),
    code("W0198", "there are more warnings than are listed",
"Of one document 200 warnings are listed. Remove the causes of the first ones and look again."),
    code("E0199", "there are more errors than are listed",
"Of one document 200 errors are listed, and 100 of a scenario. Remove the causes of the first ones and look again."),

    code("E0201", "a reference leads to another host",
"References are followed within the contract's folder. Nothing is ever fetched from a network or by `file:`, so that
starting needs no network and a document can't make the server call anybody. Keep a copy beside the contract:

    $ref: https://example.com/pet.yaml    # wrong
    $ref: ./pet.yaml                      # right"),
    code("E0202", "a reference is an absolute path",
"References are followed within the contract's folder only. Write the path relative to the file that refers."),
    code("E0203", "a path leaves the contract's folder",
"A reference with too many `..`, or a link that leads out of the folder. Nothing outside of the folder is read. Put the
file into it, or start from a document in a folder that holds both."),
    code("E0204", "a reference names a file that can't be read",
"The path counts from the folder of the file that refers, not from the document's."),
    code("E0205", "a reference leads nowhere",
"The file is there, and the place in it is not. After `#` stands a JSON Pointer: every key on the way from the root, `~1`
for a slash in a key and `~0` for a tilde.

    $ref: '#/components/schemas/Pet'
    $ref: '#/paths/~1pets~1{id}/get'"),
    code("E0206", "references lead round in a circle",
"A reference leads to a reference that leads back, so that there never is a value. A schema that holds itself as the type
of a member is no circle and welcome."),
    code("E0207", "a reference has a fragment that is no JSON Pointer",
"After `#` stands nothing, a JSON Pointer (`#/components/schemas/Pet`) or the `$anchor` of a schema in that file."),
    code("E0208", "a reference is malformed",
"A reference is a URI reference: its path and fragment are UTF-8, with `%20` for a space and `%25` for a percent sign."),

    code("E0301", "a file of keys is wrong",
"Each entry of `keys` has a `key` or a `prefix` and a list of `scopes`. It may have a `tier`, an end (`expires_at`), be
`revoked` or the `default`, and say what it is for in `about`.

    keys:
      - key: sk_live_example
        tier: free
        scopes: [\"*\"]"),
    code("E0302", "a setting is not known",
"The settings file `ayra-mock.yaml` holds a key that is no setting. The keys are the names of the flags without their
dashes in front: `max-body` for `--max-body`. `ayra-mock config show` lists them all."),
    code("E0303", "a setting has no fitting value",
"Each setting is one text, number or switch, written as its flag would be:

    port: 4010
    max-body: 2MiB
    head-timeout: 15s
    strict: true

`scenario` and `admin-host` may be lists. Paths count from the folder of the file.

    scenario: [rate-limit-exact, ./mine.yaml]"),
    code("E0304", "a member of a file of keys is not known",
"It would have no effect, which mostly is a slip: a key whose `expire_at` is passed over never expires."),
    code("E0305", "a key is of a tier that there is not",
"Tiers are those of the contract, under `x-mock.rate_limit.tiers`. A key without a tier has no limit."),
    code("E0306", "a key is listed twice",
"Of two entries for one key only one could count, and of two default keys only one is shown at the start."),

    code("E0310", "a scenario is too large",
"A scenario may hold 1 MiB, 100,000 values that nest 64 deep, 5,000 templates, and 1,000 rules. Its patterns may come to 16 MiB
once they are made ready, which is a thousand plain ones. Of a folder a thousand scenarios are read, those that are built in among
them, and a hundred are armed in a lane. Several scenarios can be armed at a time, so a large one can be split: rules are
read from top to bottom, scenario after scenario."),
    code("E0311", "a key of a scenario is not known",
"The language has no such key in this place, which mostly is a slip: a misspelt key would change nothing without a word. Keys
are in small letters with underscores. A key may also be known and stand in the wrong place, further in or out.

    - operation: listPets             # wrong: it belongs inside `when`
      delay: 1s

    - when: { operation: listPets }   # right
      delay: 1s

Keys that begin with `x-` may stand at the top of the file, as a place for anchors."),
    code("E0312", "a value is of the wrong type",
"A text, a number, true or false, a list, an object: what the place takes stands beside the caret. YAML makes a number of
digits without quotes, a text of digits in quotes, and null of a key with nothing behind it.

    reply: { status: \"429\" }          # wrong: a text
    reply: { status: 429 }            # right"),
    code("E0313", "something is missing",
"The object has a key that it can't do without, or must hold something at all. What it is stands below the line."),
    code("E0314", "a word is none of those there are",
"In this place one of a few words can stand. Upper and lower case count."),
    code("E0315", "two keys don't go together",
"Each of them says what is done, and only one can be; or one has no effect without another beside it.

    reply: { problem: rate_limited, body: {} }   # wrong: two answers
    reply: { status: 429, facts: { limit: 2 } }  # wrong: facts of what?
    calls: { at_least: 3, at_most: 2 }           # wrong: no run keeps both"),
    code("E0316", "a text is of another form",
"Times, counts and places have short forms of their own. What a place accepts stands beside the caret.

    delay: 200ms                      # 1m 30s, 2h, PT2S; never 200 alone
    call: 1..2                        # 3, 4.., ..3, first 2, after 5, every 3
    chance: 5%                        # or 0.05
    at: 2025-01-15T15:00:00Z          # RFC 3339, with Z or an offset"),
    code("E0317", "a value is out of bounds",
"Nobody waits longer than 10 minutes for an answer here: a client gives up long before, and a slip such as `30m` for `30ms`
would look like a server that hangs. The other bounds stand beside the caret."),
    code("E0318", "two rules have one name",
"A rule is called by its name in answers (`X-Mock-Rule`), in the log and by `next` of a step, so no two rules or steps of a
scenario share one. A rule without a name is called by its place: `rule 3`, `step 1`."),
    code("E0319", "there is no such operation",
"`operation` names operations of the contract by their `operationId`, one or several, or \"*\" for all of them.

    when: { operation: listPets }
    when: { operation: [listPets, getPet] }"),
    code("E0320", "there is no such tag",
"`tag` stands for every operation of the contract that has this tag. Upper and lower case count."),
    code("E0321", "there is no such parameter",
"A rule that looks at a parameter which no request has would never fire. Under `path` and `query` stand parameters that the
contract declares: every operation that is named must have them, and of \"*\" and tags at least one. Headers are free."),
    code("E0322", "no good request has this value",
"Rules see the requests that keep the contract. A value that the parameter's schema refuses can't be among them, and is mostly
a slip. A rule about refused requests says so:

    when: { operation: listPets, query: { page: zero }, refused: true }"),
    code("E0323", "a pattern can't be used",
"`matches` takes a regular expression that is found anywhere in the text; `^` and `$` tie it to both ends. It is matched in a
time that grows with the text and no faster, so there is no look-around (`(?=…)`) and no back-reference (`\\1`).

    headers: { User-Agent: { matches: \"^python-requests/\" } }"),
    code("E0324", "there is no such problem",
"`reply: NAME` answers with an entry of the contract's table of problems (`x-mock.problems`), or with one of the engine's own,
such as `unavailable`, which are listed in docs/CONTRACTS.md.

    reply: rate_limited
    reply: { problem: rate_limited, retry_after: 2s }"),
    code("E0325", "there is no such example",
"`example` names one of the examples that the contract documents for the operation's answers."),
    code("E0326", "the contract documents no such status",
"A client is right not to expect an answer that its contract does not know. If that is what shall be tried, say so:

    - when: { operation: listPets }
      reply: { status: 418 }
      breaks_contract: true"),
    code("E0327", "a body breaks the contract",
"A body of the scenario's own is held against the schema of the answer that it stands for, templates left aside. Either it is
wrong, or it is meant to be, and then `breaks_contract: true` beside `reply` says so. To change one place of the true answer
and keep the rest, use `patch`."),
    code("E0328", "a pointer leads nowhere",
"No answer (or request) of these operations has anything at this place, so the rule would change nothing. A JSON Pointer names
every key on the way from the root, list items by their number: `/data/0/name`; `-` is the end of a list."),
    code("E0329", "this never comes",
"Calls are counted from 1. `3..1` and `0` are no calls, `once` is the first one, a chance of 0 never fires, and a time that
ends before it begins holds no moment."),
    code("E0330", "a rule never has a say",
"Rules are read from top to bottom; every rule that fits takes part, and where several say the same thing (the answer, the
delay, the fault, one header, one place of the body), the first one has the word. A rule above this one takes at least the same
requests and says the same, or stops there. Put the narrower rule above the wider one.

    - when: { operation: listPets, call: 1 }     # first
      reply: { status: 503 }
    - when: { operation: listPets }              # then
      reply: { status: 429 }"),
    code("E0331", "a state is never reached",
"A rule with `when: { state: NAME }` waits for another one to say `state: NAME`. None does, so it would wait for ever. Every
scenario begins in the state `start`."),
    code("E0332", "a value is never captured",
"`captured.NAME` in a template, and `captured` in a `when`, speak of what a rule of the same scenario put there by `capture`.

    - when: { operation: createPet }
      capture: { born: answer./id }
    - when: { operation: getPet, captured: { born: { present: true } } }
      reply: { status: 404 }"),
    code("E0333", "a rule does nothing",
"A rule has a `when`, which may be left out, and at least one effect: `reply`, `patch`, `merge`, `json_patch`, `headers`,
`delay`, `limit`, `hold`, `fault`, `page`, `recording`, `world`, `state`, `clock`, `capture` or `stop`."),
    code("E0334", "a template is wrong",
"Texts may hold `{{ … }}` with a value in it: `now`, `request.query.page`, `captured.id`, `vars.who`, `fake.name()`. In YAML a
text that begins with a brace stands in quotes.

    patch: { /data/expires_at: \"{{ now - 1h }}\" }"),
    code("E0335", "a version of HTTP has no such fault",
"Not every fault exists in both versions: HTTP/1.1 knows no frames to reset, and HTTP/2 no chunks to break. A rule for both
would do nothing on one of them without a word, so it says which one it is for.

    fault: { chunks: bad_size, http: 1 }"),
    code("E0336", "the file of a reply can't be read",
"`file` is a path from the scenario's folder, and stays inside of it. JSON and YAML are given as JSON, with their templates
filled in, anything else as it is."),
    code("E0337", "a header can't be set",
"The name of a header is made of letters, digits and hyphens, its value of visible characters. `Content-Length`,
`Transfer-Encoding` and `Connection` follow from the message; to have them wrong is a `fault`."),
    code("E0338", "there are no such records",
"`world` changes records of the contract's collections (`x-mock.collections`). Those that are worked out, such as calls, can't
be written: `calls: 3` begins new ones, `end: ID` ends one that is running.

    world:
      - add: { pets: 3 }
      - set: { collection: pets, id: pet_1, fields: { status: adopted } }"),
    code("E0339", "there is no such step",
"`next` names the step that follows, by its `name`. Without it the following one of the list comes next."),
    code("E0340", "a patch is malformed",
"`patch` maps JSON Pointers to values; `{ $remove: true }` takes a member out and null sets null. `json_patch` is a list of
operations as RFC 6902 has them: `add`, `replace` and `test` need a `value`, `move` and `copy` a `from`.

    patch: { /data/name: Rex, /data/age: { $remove: true } }
    json_patch: [{ op: replace, path: /data/name, value: Rex }]"),
    code("W0341", "an operation does not document this problem",
"The contract has the problem, and not for this operation: a client has no reason to expect it here. The answer is given all
the same. `breaks_contract: true` says that it is meant."),
    code("W0342", "a problem speaks of no such fact",
"`facts` fill the places in braces of a problem's texts. This one has no place for it, so it has no effect."),
    code("W0343", "a place is not declared",
"The schema allows members that it does not name, so this one may be there; but one that it names is spelt much alike."),
    code("E0344", "an operation does not answer with a list",
"`page` changes the page of a list: its rows, its totals, its links. This operation does something else. `patch` changes any
answer."),
    code("E0345", "a rule does too much for one request",
"For one request no more than 1,000 records and calls are made, changed or ended, and no more than 1,000 changes made to its
answer, whichever rules want it: others would wait for it. What several rules want beyond that together is left out when it
comes to it, and the log says so. Several requests can share the work:

    - when: { operation: listPets, call: first 5 }
      world: [{ add: { pets: 1000 } }]"),
    code("E0350", "there is no such scenario",
"Scenarios are known by their names: `ayra-mock scenario list` tells them. A file of your own is named by its path:
`--scenario ./story.yaml`; or lies in DIR/scenarios, with `--dir DIR`."),
    code("E0351", "two scenarios have one name",
"A scenario is armed by its name, which is that of its file unless `name` says another."),

    code("E0401", "two operations have one name",
"An `operationId` names one operation in the whole document: clients are generated by it, and links refer to it."),
    code("E0402", "a parameter of a path is not declared",
"Every `{name}` in a path is a parameter of each of its operations, declared with `in: path` at the operation or at the
path.

    /pets/{pet}:
      parameters:
        - { name: pet, in: path, required: true, schema: { type: string } }"),
    code("E0403", "a path parameter is not in the path",
"The parameter is declared with `in: path`, and no `{name}` in the path takes it. One of the two is misspelt."),
    code("E0404", "two paths differ in the names of their parameters alone",
"No request could tell `/pets/{id}` and `/pets/{name}` apart. Put the operations of both under one of them."),
    code("E0405", "a style does not fit where the parameter is",
"In a path a parameter may be `simple`, `label` or `matrix`; in the query `form`, `spaceDelimited`, `pipeDelimited` or
`deepObject`; in a header `simple`; in a cookie `form`."),
    code("E0406", "a status is none",
"A status is a number from 100 to 599, a class such as `4XX`, or `default`."),
    code("E0407", "a security scheme is not declared",
"`security` names schemes that stand in `components.securitySchemes`."),
    code("W0408", "a security scheme can't be checked",
"Bearer tokens, basic authentication and API keys are checked. What happens below HTTP (a client's certificate) or needs
an exchange of its own (digest) is taken as good."),
    code("E0409", "a path is malformed",
"A path begins with a slash and has its parameters in braces, each with a name, no name twice. It has no query: what
follows `?` is declared as parameters."),
    code("E0410", "a media type is malformed",
"A media type has a type and a subtype, such as `application/json` or `text/*`."),
    code("E0411", "what a parameter or header may be is said not at all, or twice",
"A parameter or header has a `schema`, or a `content` with one media type, and not both."),
    code("E0412", "a parameter is declared twice",
"Name and place (`in`) together name a parameter, and a list has it once. An operation may replace a parameter of its
path by one of the same name and place."),
    code("W0413", "a header parameter has no effect",
"`Accept` and `Content-Type` follow from the media types of answers and bodies, `Authorization` from the security schemes.
The specification says that parameters of these names are passed over."),
    code("W0414", "a path parameter is not marked as required",
"There is no request without it, as it is a part of the path. The specification asks for `required: true`."),
    code("E0415", "an operation describes no response",
"`responses` needs at least one. What an operation answers can't be made up."),
    code("W0416", "an example is kept elsewhere",
"`externalValue` is an address, and nothing is fetched. Write the example as `value`, or refer to a file beside the
contract with `$ref`."),

    code("E0501", "the schemas of a contract don't fit together",
"A schema refers to something that is no schema of the contract, or two claim the same address."),
    code("E0502", "a schema can't be compiled",
"A keyword of the schema has a value that nothing can be checked by: a pattern that is no regular expression or needs more
than a megabyte, a reference that is no schema. Values held against it would be let through. Patterns are looked at when
a contract is loaded, all else by `ayra-mock lint`; a server says so when it first meets such a schema."),
    code("W0503", "a keyword of a schema is not known",
"JSON Schema passes over keywords that it does not know, so that a slip lets everything through.

    type: string
    maxLenght: 5                      # no effect
    maxLength: 5                      # right"),
    code("W0504", "a format is not known",
"The format is noted and checks nothing. Use `pattern` to check texts by a form of your own."),
    code("W0505", "an example breaks its schema",
"Either the example or the schema is wrong. Clients are written by one and answered by the other. The place is in the
example."),
    code("W0506", "a default breaks its schema",
"An absent value would count as one that is refused when it is sent."),
    code("W0508", "`nullable` without a type",
"In OpenAPI 3.0 `nullable: true` adds null to the `type` beside it. Without a type it adds nothing by the letter; null is
let through here, as that is what is meant. Beside `allOf`, `anyOf` and `oneOf` it is so usual that nothing is said."),
    code("W0509", "`$id` inside of a file has no effect",
"References count from the file that they are written in. An `$id` further inside would move those below it to another
base, which is not done here."),
    code("W0510", "a property is required and can't be there",
"With `additionalProperties: false` an object has the listed properties and no other, so no object fits this schema. The
name is misspelt in one of the two places."),
    code("W0511", "a mapping leads to no schema",
"A `mapping` of a discriminator leads to schemas by a reference or by their name in `components.schemas`."),
    code("W0512", "a pattern needs an engine that can be slow",
"Patterns are matched in time that grows with the text and no faster, which look-around (`(?=…)`, `(?<!…)`) and
back-references (`\\1`) do not allow. Such a pattern is matched by another engine, which gives up after a number of
steps; a value that it could not decide on is let through."),
    code("W0513", "some examples were not checked",
"A lint compiles a million parts of schemas for the sake of examples and no more, so that it ends in good time. In this
contract many schemas refer to many others, and each of them with an example counts with all that it refers to."),
    code("W0514", "a part of an `allOf` forbids what another one declares",
"`additionalProperties: false` knows the `properties` beside it and none of those in other parts. An object that has a
property of another part is refused by this one. What is meant is said since OpenAPI 3.1 by `unevaluatedProperties`:

    allOf:
      - { $ref: '#/components/schemas/Base' }
      - { properties: { more: {} } }
    unevaluatedProperties: false"),

    code("W0601", "one of our keys has no effect here",
"`x-mock` stands on the document, an operation or a parameter; `x-problem` on a schema, parameter or response; `x-source`
on an operation; `x-assumptions` on the document or an operation."),
    code("E0602", "a name is not one by which refusals are looked up",
"`x-mock.problems` of an operation maps a name of the engine, such as `invalid_body` or `invalid_parameter.format`, to an
entry of the table."),
    code("E0603", "there is no such problem",
"`x-problem` and `x-mock.problems` of an operation name entries of the table `x-mock.problems` of the document."),
    code("W0604", "a text has a place for a fact that there is not",
"`{name}` stands for a fact of a refusal. Which facts each refusal has is listed in docs/CONTRACTS.md; every refusal knows
`method`, `path` and the parameters of its path. What has no fact is left out of the answer."),
    code("W0605", "a problem looks like one that is looked up",
"Entries of the table may have any name, as `x-problem` can name them. This one is a letter away from a name by which the
engine looks, and is not found by it."),
    code("E0606", "there is no such envelope",
"`envelope` of a problem names a layout of `x-mock.envelopes`; without it the layout is `default`."),
    code("E0607", "an assumption's number is used twice",
"Numbers of `x-assumptions` are unique over the document, so that one can be spoken of by its number."),
    code("E0608", "a header's name is malformed",
"The name of a header is made of letters, digits and hyphens."),
    code("E0609", "a pointer into the body is malformed",
"`request_id` of `x-mock` is a JSON Pointer into the answer's body, such as `/meta/request_id`."),
    code("E0610", "there is no such collection",
"Operations, references and reports name collections of the document's `x-mock.collections`."),
    code("E0611", "a collection has no such field",
"Filters, orders and everything else that `x-mock` says of records speak of the fields that the collection's `schema`
declares. `a.b` goes into an object. A filter by a field that there is not would let through everything or nothing.

    pets: { schema: { properties: { name: { type: string } } } }
    x-mock: { filter: nme, test: contains }   # wrong
    x-mock: { filter: name, test: contains }  # right"),
    code("E0612", "a path's parameter does not say which record it names",
"In a path that leads to one record the last parameter is its id; `id` names another one. Every further parameter names a
record that this one belongs to: the collection's `references` have a field of that name, or `under` says which field it is.

    /owners/{owner}/pets/{pet}:
      get:
        x-mock: { action: get, collection: pets, under: { owner: owner_id } }"),
    code("E0613", "it is not said in full what happens to records",
"`action`, `view` or `report` says what an operation does, one of them, and `collection` to which records. What a new record
gets is `now`, `touched`, `phone`, `{ value: … }` or `{ by: field, values: { … } }`. The four states of a run are those of
waiting, running, done and failed. All keys are told in docs/CONTRACTS.md."),
    code("E0614", "two parameters of an operation have one role",
"One parameter says which page is meant, one how many rows it has, and so on; of two nobody could tell which counts."),
    code("E0615", "the style of an id is malformed",
"A style is a text with one pair of braces in it: `{uuid}`, `{number}`, or how many letters and digits are made, from 1 to 64.

    id_style: pet_{12}"),
    code("E0616", "a field can't be tested in this way",
"`contains` looks into a text, `includes` into a list, `at_least` and `at_most` compare numbers and texts such as dates. The
schema says that the field is something else."),

    code("E0701", "a file of records is wrong",
"`fixtures/NAME.yaml` has the records of the collection NAME in a list of that name; each is an object with an id.

    pets:
      - id: pet_1
        name: Rex"),
    code("E0702", "there are no records of that name",
"The keys of a file of records are collections of the contract (`x-mock.collections`). Those that are computed have none."),
    code("E0703", "a record breaks its schema",
"A record is what the API answers with, so it keeps the schema of its collection. Either of the two is wrong."),
    code("E0704", "two records have one id",
"An id stands for one record of a collection, in whatever file. The place is that of the second one."),
    code("E0705", "a record names another that there is not",
"The fields under `references` of a collection hold the ids of records of another one, which must be there too."),
    code("E0706", "a behaviour is wrong",
"`behaviour` says what a record does when it is started: what `input` it takes (a JSON Schema), how many seconds it `runs` at
least and at most, how often it `fails`, the `errors` it may have, and the `output`.

    behaviour:
      input: { type: object, required: [phone] }
      runs: [4, 9]
      fails: 0.05
      errors: [Nobody picked up.]
      output: { called: \"{input.phone}\" }"),

    code("E0801", "a file of calls is wrong",
"`world.yaml`, `people.yaml` and the playbooks under `dialogues/` say what calls are like. The comments at the top of the
first two and the page in `fixtures/README.md` tell what each key takes. The place is the value that does not fit."),
    code("E0802", "a member of a file of calls is not known",
"A misspelt key would otherwise change nothing without a word. Keys that begin with `x-` are anybody's own."),
    code("E0803", "a text names a value that there is not",
"What stands in braces is one of the playbook's `values`, or `company`, `name`, `first` or `email`. `welcome` stands in the
first turn alone.

    values:
      order: order_number
    turns:
      - agent: [\"Is {ordr} right?\"]    # wrong: {order}"),
    code("E0804", "there is no such kind of value",
"The kinds are `order_number`, `ticket_number`, `reference`, `money A..B`, `day A..B`, `time A..B`, `count A..B`, `person`,
`company`, `street`, `city` and `one_of [a, b]`."),
    code("W0805", "a topic or keyword is never said",
"A topic is detected when one of its words is said, as a whole word, and a keyword when it is said itself. No turn of the
playbook has these words, so that no call will ever have the topic."),
    code("E0806", "a call that is always there is wrong",
"Each entry of the file is either a `record`, written out as the schema of a call's details says, or a recipe: `id`, `dialogue`, `agent`, `caller`, `started`, and one of `lasts`, `fails_after` and `abandoned`."),
    code("E0807", "a call names something that there is not",
"The agent of a call is one of `agents.yaml`, and its dialogue one of the files under `dialogues/`."),
    code("W0808", "a dialogue is taken by nobody",
"A dialogue is taken by the active agents of its `language` whose `metadata.department` is one of its `departments`. Without
such an agent no call is told from it, until a lane gets one and calls go on arriving."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The codes in the source, tests left out.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                used(&path, found);
            } else if name.ends_with(".rs") && !matches!(name, "tests.rs" | "codes.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
                found.extend(text.split('"').filter(|word| is_code(word)).map(str::to_owned));
            }
        }
    }

    fn is_code(word: &str) -> bool {
        word.len() == 5 && word.starts_with(['E', 'W']) && word[1..].bytes().all(|byte| byte.is_ascii_digit())
    }

    #[test]
    fn the_table_has_every_code_that_is_used_and_no_other() {
        let mut found = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let table: BTreeSet<String> = ALL.iter().map(|entry| entry.code.to_owned()).collect();
        let unexplained: Vec<_> = found.difference(&table).collect();
        let unused: Vec<_> = table.difference(&found).collect();
        assert!(unexplained.is_empty(), "not explained in codes.rs: {unexplained:?}");
        assert!(unused.is_empty(), "in codes.rs and never used: {unused:?}");
    }

    #[test]
    fn the_table_is_in_order_and_each_number_means_one_thing() {
        assert!(ALL.iter().all(|entry| is_code(entry.code) && !entry.text.is_empty() && !entry.title.ends_with('.')));
        assert!(ALL.windows(2).all(|pair| pair[0].code[1..] < pair[1].code[1..]));
        assert_eq!(explain(" e0007 ").map(|entry| entry.code), Some("E0007"));
        assert_eq!(explain("E9999"), None);
    }
}
