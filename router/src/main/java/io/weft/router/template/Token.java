package io.weft.router.template;

/**
 * A piece of a template.
 *
 * @param text of a {@code TEXT} or {@code STRING} what it means, of others what is written
 * @param isGlued whether nothing stands between it and the piece before
 */
record Token(Kind kind, String text, boolean isGlued) {
  enum Kind {
    /** What is between the actions. */
    TEXT,
    /** Two braces that begin an action. */
    OPEN,
    /** Two braces that end it. */
    CLOSE,
    /** A dot, or fields with a dot in front of each. */
    FIELDS,
    /** A name behind a dollar sign, or the sign alone. */
    VARIABLE,
    /** A keyword or a function. */
    WORD,
    STRING,
    NUMBER,
    /** One of {@code | ( ) , := =}. */
    SIGN,
    /** The end of the template. */
    END
  }

  boolean is(Kind wanted, String wantedText) {
    return kind == wanted && text.equals(wantedText);
  }
}
