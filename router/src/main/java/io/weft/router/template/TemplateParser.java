package io.weft.router.template;

import io.weft.router.template.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a template of its pieces. Used once. */
final class TemplateParser {
  /** Our choice: what people write is a few levels deep. */
  private static final int MAX_DEPTH = 64;

  private static final Set<String> UNSUPPORTED =
      Set.of("block", "break", "continue", "define", "template");

  private final List<Token> tokens;
  private final Deque<Set<String>> scopes = new ArrayDeque<>(List.of(new HashSet<>(Set.of("$"))));
  private int at;
  private int depth;

  TemplateParser(List<Token> tokens) {
    this.tokens = tokens;
  }

  List<Node> parse() throws TemplateException {
    List<Node> nodes = nodes();
    if (peek().kind() != Kind.END) {
      throw new TemplateException("unexpected {{%s}}".formatted(tokens.get(at + 1).text()));
    }
    return nodes;
  }

  /** Nodes up to {@code end}, {@code else} or the end of the template. */
  private List<Node> nodes() throws TemplateException {
    deeper();
    scopes.push(new HashSet<>());
    List<Node> nodes = new ArrayList<>();
    while (peek().kind() != Kind.END && !isAction("end") && !isAction("else")) {
      Token token = next();
      if (token.kind() == Kind.TEXT) {
        nodes.add(new Node.Text(token.text()));
      } else {
        nodes.add(action());
      }
    }
    scopes.pop();
    depth--;
    return nodes;
  }

  private void deeper() throws TemplateException {
    if (++depth > MAX_DEPTH) {
      throw new TemplateException("nested deeper than " + MAX_DEPTH);
    }
  }

  private boolean isAction(String word) {
    return peek().kind() == Kind.OPEN && tokens.get(at + 1).is(Kind.WORD, word);
  }

  private Node action() throws TemplateException {
    Token first = peek();
    if (first.kind() == Kind.WORD && UNSUPPORTED.contains(first.text())) {
      throw new TemplateException("{{%s}} is not supported".formatted(first.text()));
    }
    if (first.is(Kind.WORD, "if") || first.is(Kind.WORD, "with")) {
      at++;
      return choice(first.text().equals("with"));
    }
    if (first.is(Kind.WORD, "range")) {
      at++;
      return loop();
    }
    String variable = assigned();
    if (variable == null) {
      Node output = new Node.Output(pipeline());
      close();
      return output;
    }
    boolean isDeclaration = next().text().equals(":=");
    if (!isDeclaration) {
      check(variable);
    }
    Node assignment = new Node.Assignment(variable, isDeclaration, pipeline());
    declare(variable);
    close();
    return assignment;
  }

  /** The variable before {@code :=} or {@code =}; null when no such sign follows. */
  private @Nullable String assigned() {
    Token sign = tokens.get(Math.min(at + 1, tokens.size() - 1));
    boolean isAssignment = sign.is(Kind.SIGN, ":=") || sign.is(Kind.SIGN, "=");
    return peek().kind() == Kind.VARIABLE && isAssignment ? next().text() : null;
  }

  private Node choice(boolean isWith) throws TemplateException {
    scopes.push(new HashSet<>());
    String variable = declared();
    Expression condition = pipeline();
    if (variable != null) {
      declare(variable);
    }
    close();
    List<Node> then = nodes();
    List<Node> otherwise;
    if (!isWith && isAction("else") && tokens.get(at + 2).is(Kind.WORD, "if")) {
      at += 3;
      deeper();
      otherwise = List.of(choice(false));
      depth--;
    } else {
      otherwise = otherwise();
    }
    scopes.pop();
    return new Node.Choice(isWith, variable, condition, then, otherwise);
  }

  /** What follows {@code else}, nothing without it, and {@code end}. */
  private List<Node> otherwise() throws TemplateException {
    List<Node> nodes = List.of();
    if (isAction("else")) {
      at += 2;
      close();
      nodes = nodes();
    }
    if (!isAction("end")) {
      throw new TemplateException(
          peek().kind() == Kind.END ? "unexpected EOF, {{end}} is missing" : "unexpected {{else}}");
    }
    at += 2;
    close();
    return nodes;
  }

  private @Nullable String declared() throws TemplateException {
    String variable = assigned();
    if (variable != null && !next().text().equals(":=")) {
      throw new TemplateException("expected := behind " + variable);
    }
    return variable;
  }

  private Node loop() throws TemplateException {
    scopes.push(new HashSet<>());
    String index = null;
    String element;
    if (peek().kind() == Kind.VARIABLE && tokens.get(at + 1).is(Kind.SIGN, ",")) {
      index = next().text();
      at++;
      element = declared();
      if (element == null) {
        throw new TemplateException("range takes at most two variables and :=");
      }
    } else {
      element = declared();
    }
    Expression over = pipeline();
    for (String variable : new String[] {index, element}) {
      if (variable != null) {
        declare(variable);
      }
    }
    close();
    List<Node> body = nodes();
    List<Node> otherwise = otherwise();
    scopes.pop();
    return new Node.Loop(index, element, over, body, otherwise);
  }

  private void close() throws TemplateException {
    Token token = next();
    if (token.kind() != Kind.CLOSE) {
      throw unexpected(token);
    }
  }

  /** Commands, each the last argument of the next. */
  private Expression pipeline() throws TemplateException {
    deeper();
    Expression value = command(null);
    while (peek().is(Kind.SIGN, "|")) {
      at++;
      value = command(value);
    }
    depth--;
    return value;
  }

  private Expression command(@Nullable Expression last) throws TemplateException {
    Token first = peek();
    boolean isConstant = Set.of("true", "false", "nil").contains(first.text());
    if (first.kind() != Kind.WORD || isConstant) {
      Expression operand = operand();
      if (last != null || startsOperand(peek())) {
        throw new TemplateException("can't give argument to non-function " + first.text());
      }
      return operand;
    }
    at++;
    Function function =
        Function.find(first.text())
            .orElseThrow(
                () -> new TemplateException("function \"%s\" not defined".formatted(first.text())));
    List<Expression> arguments = new ArrayList<>();
    while (startsOperand(peek())) {
      arguments.add(operand());
    }
    if (last != null) {
      arguments.add(last);
    }
    if (arguments.size() < function.leastArguments()) {
      throw new TemplateException(
          "wrong number of args for %s: want at least %d got %d"
              .formatted(function, function.leastArguments(), arguments.size()));
    }
    return new Expression.Call(function, List.copyOf(arguments));
  }

  private static boolean startsOperand(Token token) {
    return switch (token.kind()) {
      case FIELDS, VARIABLE, STRING, NUMBER, WORD -> true;
      case SIGN -> token.text().equals("(");
      default -> false;
    };
  }

  private Expression operand() throws TemplateException {
    Token token = next();
    Expression operand =
        switch (token.kind()) {
          case FIELDS -> fields(new Expression.Dot(), token.text());
          case VARIABLE -> {
            check(token.text());
            yield new Expression.Variable(token.text());
          }
          case STRING -> new Expression.Literal(new Value.Text(token.text()));
          case NUMBER -> new Expression.Literal(new Value.Whole(new BigInteger(token.text())));
          case WORD -> constant(token);
          default -> {
            if (!token.is(Kind.SIGN, "(")) {
              throw unexpected(token);
            }
            Expression inner = pipeline();
            if (!next().is(Kind.SIGN, ")")) {
              throw new TemplateException("unclosed left paren");
            }
            yield inner;
          }
        };
    if (peek().kind() == Kind.FIELDS && peek().isGlued() && token.kind() != Kind.FIELDS) {
      return fields(operand, next().text());
    }
    return operand;
  }

  private static Expression constant(Token word) throws TemplateException {
    return switch (word.text()) {
      case "true", "false" -> new Expression.Literal(new Value.Flag(word.text().equals("true")));
      case "nil" -> new Expression.Literal(Value.Nothing.NIL);
      default -> {
        Function function =
            Function.find(word.text())
                .orElseThrow(() ->
                    new TemplateException("function \"%s\" not defined".formatted(word.text())));
        if (function.leastArguments() > 0) {
          throw new TemplateException("%s as an argument needs parentheses".formatted(function));
        }
        yield new Expression.Call(function, List.of());
      }
    };
  }

  private static Expression fields(Expression of, String chain) {
    return chain.equals(".")
        ? of
        : new Expression.Fields(of, List.of(chain.substring(1).split("\\.", -1)));
  }

  private void declare(String variable) {
    scopes.element().add(variable);
  }

  private void check(String variable) throws TemplateException {
    if (scopes.stream().noneMatch(scope -> scope.contains(variable))) {
      throw new TemplateException("undefined variable \"%s\"".formatted(variable));
    }
  }

  private Token peek() {
    return tokens.get(at);
  }

  private Token next() {
    return tokens.get(peek().kind() == Kind.END ? at : at++);
  }

  private static TemplateException unexpected(Token token) {
    return new TemplateException(
        "unexpected %s in action"
            .formatted(token.kind() == Kind.CLOSE ? "end of action" : Strings.quote(token.text())));
  }
}
