package io.weft.router.template;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The functions there are, named as in a template. */
enum Function {
  AND(1),
  EQ(2),
  GE(2),
  GT(2),
  INDEX(1),
  JSON(1),
  LE(2),
  LEN(1),
  LT(2),
  NE(2),
  NOT(1),
  OR(1),
  PRINT(0),
  PRINTF(1),
  PRINTLN(0);

  private final int leastArguments;

  Function(int leastArguments) {
    this.leastArguments = leastArguments;
  }

  int leastArguments() {
    return leastArguments;
  }

  static Optional<Function> find(String name) {
    return Arrays.stream(values()).filter(one -> one.toString().equals(name)).findFirst();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
