package io.weft.router.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a template. Immutable. */
sealed interface Node {
  /** What stands outside the actions. */
  record Text(String text) implements Node {}

  /** An action that is nothing but a pipeline. */
  record Output(Expression expression) implements Node {}

  /** {@code $x := pipeline}, or with {@code =} for a variable that is there. */
  record Assignment(String variable, boolean isDeclaration, Expression expression)
      implements Node {}

  /** {@code if} and {@code with}; the latter makes the value the dot. */
  record Choice(
      boolean isWith,
      @Nullable String variable,
      Expression condition,
      List<Node> then,
      List<Node> otherwise)
      implements Node {}

  /** {@code range}, perhaps with variables for index and element. */
  record Loop(
      @Nullable String index,
      @Nullable String element,
      Expression over,
      List<Node> body,
      List<Node> otherwise)
      implements Node {}
}
