package io.weft.router.template;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A value of a report, as Go would have it. Immutable; its text is what Go prints. */
sealed interface Value {
  /** A text. */
  record Text(String text) implements Value {
    @Override
    public String toString() {
      return text;
    }
  }

  /** A whole number. */
  record Whole(BigInteger number) implements Value {
    Whole(long number) {
      this(BigInteger.valueOf(number));
    }

    @Override
    public String toString() {
      return number.toString();
    }
  }

  /** A number that is not whole. */
  record Real(double number) implements Value {
    @Override
    public String toString() {
      return Double.toString(number);
    }
  }

  /** A truth value. */
  record Flag(boolean flag) implements Value {
    @Override
    public String toString() {
      return Boolean.toString(flag);
    }
  }

  /** A list; one that was never made is written as {@code null} in JSON. */
  record Items(List<Value> items, boolean isNil) implements Value {
    /** Takes a copy. */
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public String toString() {
      return items.stream().map(Value::toString).collect(Collectors.joining(" ", "[", "]"));
    }
  }

  /** Fields with fixed names. */
  record Struct(Map<String, Value> fields) implements Value {
    /** Takes a copy. */
    public Struct {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    @Override
    public String toString() {
      return fields.values().stream()
          .map(Value::toString)
          .collect(Collectors.joining(" ", "{", "}"));
    }
  }

  /** Keys that may be there or not, in their order. */
  record Dictionary(SortedMap<String, Value> entries, boolean isNil) implements Value {
    /** Takes a copy. */
    public Dictionary {
      entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    }

    @Override
    public String toString() {
      return entries.entrySet().stream()
          .map(entry -> entry.getKey() + ":" + entry.getValue())
          .collect(Collectors.joining(" ", "map[", "]"));
    }
  }

  /** Neither of these. */
  enum Nothing implements Value {
    /** What a pointer to nothing is. */
    NIL("<nil>"),
    /** What an absent key of a map is. */
    NO_VALUE("<no value>");

    private final String text;

    Nothing(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Whether {@code if} takes it for true: whatever is neither empty nor nothing nor zero. */
  default boolean isTrue() {
    return switch (this) {
      case Text text -> !text.text.isEmpty();
      case Whole whole -> whole.number.signum() != 0;
      case Real real -> real.number != 0;
      case Flag flag -> flag.flag;
      case Items items -> !items.items.isEmpty();
      case Struct _ -> true;
      case Dictionary dictionary -> !dictionary.entries.isEmpty();
      case Nothing _ -> false;
    };
  }

  /** What it is called in errors. */
  default String kind() {
    return switch (this) {
      case Text _ -> "string";
      case Whole _ -> "int";
      case Real _ -> "float";
      case Flag _ -> "bool";
      case Items _ -> "slice";
      case Struct _ -> "struct";
      case Dictionary _ -> "map";
      case Nothing _ -> "nil";
    };
  }
}
