package io.weft.tests.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A Docker daemon on a unix socket that knows which containers run, and nothing else. */
final class FakeDocker implements AutoCloseable {
  private final Path socket;
  private final ServerSocketChannel listener;
  private final Map<String, String> containers = new ConcurrentHashMap<>();

  FakeDocker(Path socket) throws IOException {
    this.socket = socket;
    listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofPlatform().daemon().name("fake-docker").start(this::serve);
  }

  Path socket() {
    return socket;
  }

  /** From now on a container runs, under a name and an id. */
  void runs(String name, String id, long process) {
    know(name, id, true, process);
  }

  /** From now on it is there and does not run. */
  void stops(String name, String id) {
    know(name, id, false, 0);
  }

  private void know(String name, String id, boolean isRunning, long process) {
    String document =
        "{\"Id\":\"%s\",\"State\":{\"Running\":%s,\"Pid\":%d}}".formatted(id, isRunning, process);
    containers.put(name, document);
    containers.put(id, document);
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel client = listener.accept()) {
        answer(client);
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        // The client's affair.
      }
    }
  }

  private void answer(SocketChannel client) throws IOException {
    BufferedReader reader =
        new BufferedReader(Channels.newReader(client, StandardCharsets.ISO_8859_1));
    String path = reader.readLine().split(" ", -1)[1];
    while (!reader.readLine().isEmpty()) {
      // The rest of the head says nothing that matters.
    }
    String name = path.replaceFirst("^/containers/(.*)/json$", "$1");
    String document = containers.getOrDefault(name, "{\"message\":\"No such container\"}");
    String status = containers.containsKey(name) ? "200 OK" : "404 Not Found";
    String answer =
        "HTTP/1.0 %s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(status, document.length(), document);
    client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
