package io.weft.router.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One report going through one template. Used once. */
final class Rendering {
  /** Our choice: people read the result, and whoever reaches the status address can ask for one. */
  private static final int MAX_CHARS = 16 << 20;

  /** Our choice: a line for each connection of a thousand fully meshed routers. */
  private static final int MAX_STEPS = 10_000_000;

  /** Absent from the report while the service is off (features.md 1.7); to a template, nothing. */
  private static final Set<String> SERVICES = Set.of("IPAM", "DNS", "Proxy", "Plugin");

  private final Value report;
  private final StringBuilder out = new StringBuilder();
  private Scope scope;
  private int steps;

  /** The dot and the variables inside one pair of delimiters. */
  private static final class Scope {
    private final @Nullable Scope outer;
    private final Value dot;
    private final Map<String, Value> variables = new HashMap<>();

    Scope(@Nullable Scope outer, Value dot) {
      this.outer = outer;
      this.dot = dot;
    }
  }

  Rendering(Value report) {
    this.report = report;
    this.scope = new Scope(null, report);
  }

  String render(List<Node> nodes) throws TemplateException {
    run(nodes);
    return out.toString();
  }

  private void run(List<Node> nodes) throws TemplateException {
    for (Node node : nodes) {
      if (++steps > MAX_STEPS) {
        throw new TemplateException("more than %d steps".formatted(MAX_STEPS));
      }
      switch (node) {
        case Node.Text text -> write(text.text());
        case Node.Output output -> write(evaluate(output.expression()).toString());
        case Node.Assignment assignment -> assign(assignment);
        case Node.Choice choice -> choose(choice);
        case Node.Loop loop -> repeat(loop);
      }
    }
  }

  private void write(String text) throws TemplateException {
    if (text.length() > MAX_CHARS - out.length()) {
      throw new TemplateException("more than %d characters".formatted(MAX_CHARS));
    }
    out.append(text);
  }

  private void assign(Node.Assignment assignment) throws TemplateException {
    Value value = evaluate(assignment.expression());
    Scope at = scope;
    if (!assignment.isDeclaration()) {
      while (at.outer != null && !at.variables.containsKey(assignment.variable())) {
        at = at.outer;
      }
    }
    at.variables.put(assignment.variable(), value);
  }

  private void choose(Node.Choice choice) throws TemplateException {
    Value value = evaluate(choice.condition());
    boolean isTrue = value.isTrue();
    inside(
        choice.isWith() && isTrue ? value : scope.dot,
        choice.variable() == null ? Map.of() : Map.of(choice.variable(), value),
        isTrue ? choice.then() : choice.otherwise());
  }

  private void inside(Value dot, Map<String, Value> variables, List<Node> nodes)
      throws TemplateException {
    Scope outside = scope;
    scope = new Scope(outside, dot);
    scope.variables.putAll(variables);
    run(nodes);
    scope = outside;
  }

  private void repeat(Node.Loop loop) throws TemplateException {
    List<Value> keys = new ArrayList<>();
    List<Value> elements = new ArrayList<>();
    switch (evaluate(loop.over())) {
      case Value.Items items ->
          items
              .items()
              .forEach(item -> {
                keys.add(new Value.Whole(elements.size()));
                elements.add(item);
              });
      case Value.Dictionary dictionary ->
          dictionary
              .entries()
              .forEach((key, value) -> {
                keys.add(new Value.Text(key));
                elements.add(value);
              });
      case Value.Nothing _ -> {}
      case Value other -> throw new TemplateException("range can't iterate over " + other.kind());
    }
    if (elements.isEmpty()) {
      inside(scope.dot, Map.of(), loop.otherwise());
    }
    for (int i = 0; i < elements.size(); i++) {
      Map<String, Value> variables = new HashMap<>();
      if (loop.index() != null) {
        variables.put(loop.index(), keys.get(i));
      }
      if (loop.element() != null) {
        variables.put(loop.element(), elements.get(i));
      }
      inside(elements.get(i), variables, loop.body());
    }
  }

  private Value evaluate(Expression expression) throws TemplateException {
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Dot _ -> scope.dot;
      case Expression.Variable variable -> variable(variable.name());
      case Expression.Fields fields -> {
        Value value = evaluate(fields.of());
        for (String name : fields.names()) {
          value = field(value, name);
        }
        yield value;
      }
      case Expression.Call call -> call(call);
    };
  }

  private Value variable(String name) {
    if (name.equals("$")) {
      return report;
    }
    Value value = null;
    for (Scope at = scope; at != null && value == null; at = at.outer) {
      value = at.variables.get(name);
    }
    // One that is declared where this run did not come by.
    return value == null ? Value.Nothing.NO_VALUE : value;
  }

  private Value field(Value of, String name) throws TemplateException {
    return switch (of) {
      case Value.Struct struct -> {
        Value value = struct.fields().get(name);
        if (value == null && of == report && SERVICES.contains(name)) {
          yield Value.Nothing.NIL;
        }
        if (value == null) {
          throw new TemplateException("there is no field %s here".formatted(name));
        }
        yield value;
      }
      case Value.Dictionary dictionary ->
          dictionary.entries().getOrDefault(name, Value.Nothing.NO_VALUE);
      default ->
          throw new TemplateException(
              "can't evaluate field %s in type %s".formatted(name, of.kind()));
    };
  }

  private Value call(Expression.Call call) throws TemplateException {
    if (call.function() == Function.AND || call.function() == Function.OR) {
      return decide(call.arguments(), call.function() == Function.OR);
    }
    List<Value> arguments = new ArrayList<>();
    for (Expression argument : call.arguments()) {
      arguments.add(evaluate(argument));
    }
    return Functions.apply(call.function(), arguments);
  }

  /** The first argument that decides, or the last. */
  private Value decide(List<Expression> arguments, boolean wanted) throws TemplateException {
    Value value = evaluate(arguments.getFirst());
    for (int i = 1; i < arguments.size() && value.isTrue() != wanted; i++) {
      value = evaluate(arguments.get(i));
    }
    return value;
  }
}
