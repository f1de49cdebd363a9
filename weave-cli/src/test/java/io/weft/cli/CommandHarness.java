package io.weft.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs commands against a control API of the test's own and keeps what they print. */
final class CommandHarness implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, Answer> answers = new HashMap<>();
  private final List<String> requests = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private final Path directory;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private record Answer(int status, String body) {}

  CommandHarness(Path directory) throws IOException {
    this.directory = directory;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    environment.put("WEAVE_HTTP_ADDR", "127.0.0.1:" + server.getAddress().getPort());
  }

  /** What the router says to {@code request}, which reads like {@code GET /status}. */
  CommandHarness answering(String request, int status, String body) {
    answers.put(request, new Answer(status, body));
    return this;
  }

  /** Points the commands at a port where nothing listens. */
  CommandHarness withoutRouter() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      environment.put("WEAVE_HTTP_ADDR", "127.0.0.1:" + free.getLocalPort());
    }
    return this;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
    synchronized (requests) {
      requests.add(form.isEmpty() ? request : request + " " + form);
    }
    Answer answer = answers.getOrDefault(request, new Answer(404, "404 page not found"));
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  /** Points the commands at {@code address}, which need not be one. */
  CommandHarness expectingTheRouterAt(String address) {
    environment.put("WEAVE_HTTP_ADDR", address);
    return this;
  }

  CommandHarness setting(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Console console() {
    return new Console(
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        environment,
        directory,
        directory.resolve("run"));
  }

  private CommandTree commands() {
    return new CommandTree(console());
  }

  int run(String... arguments) {
    return commands().run(arguments);
  }

  Set<String> commandNames() {
    return commands().root().getSubcommands().keySet();
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
