//! Values made from small schemas.
