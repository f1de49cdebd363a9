package io.weft.router.template;

import java.util.List;

/** What has a value. Immutable. */
sealed interface Expression {
  /** A value as it is. */
  record Literal(Value value) implements Expression {}

  /** The dot. */
  record Dot() implements Expression {}

  /** A variable; {@code $} is the report. */
  record Variable(String name) implements Expression {}

  /** Fields of fields of something. */
  record Fields(Expression of, List<String> names) implements Expression {}

  /** A function of arguments. */
  record Call(Function function, List<Expression> arguments) implements Expression {}
}
