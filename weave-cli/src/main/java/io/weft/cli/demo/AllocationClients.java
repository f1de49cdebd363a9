package io.weft.cli.demo;

import io.weft.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Clients that each ask one router for an address and give it back, again and again, over
 * connections that stay open. One thread serves them all: they share the processors with the
 * router, and a thread for each would be measured with it. One thread at a time.
 */
final class AllocationClients implements AutoCloseable {
  private final Selector selector = Selector.open();
  private final List<Client> clients = new ArrayList<>();
  private final LongStream.Builder nanos = LongStream.builder();
  private long endNanos;
  private int busy;

  /** Connects so many clients to the router of a namespace. */
  AllocationClients(NetworkNamespace namespace, int count) throws IOException {
    try {
      for (int i = 0; i < count; i++) {
        Client client = new Client(ApiClient.open(namespace), "/ip/bench" + i);
        clients.add(client);
        client.connection.register(selector, client);
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Lets all clients ask, each as soon as it has given its address back.
   *
   * @return how long each of them waited for an address
   */
  Latencies run(long durationNanos) throws IOException {
    endNanos = System.nanoTime() + durationNanos;
    for (Client client : clients) {
      client.ask();
    }
    busy = clients.size();
    while (busy > 0) {
      selector.select();
      for (SelectionKey key : selector.selectedKeys()) {
        if (key.attachment() instanceof Client client) {
          client.go();
        }
      }
      selector.selectedKeys().clear();
    }
    return new Latencies(nanos.build().toArray());
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.connection.close();
    }
    selector.close();
  }

  /** One of them. */
  private final class Client {
    private final ApiClient connection;
    private final byte[] allocation;
    private final byte[] release;
    private boolean isAsking;
    private long askedNanos;

    Client(ApiClient connection, String path) {
      this.connection = connection;
      allocation = ApiClient.encode("POST", path);
      release = ApiClient.encode("DELETE", path);
    }

    void ask() throws IOException {
      isAsking = true;
      askedNanos = System.nanoTime();
      connection.send(allocation);
    }

    void go() throws IOException {
      @Nullable String body = connection.receive();
      if (body == null) {
        return;
      }
      long nowNanos = System.nanoTime();
      if (isAsking) {
        nanos.add(nowNanos - askedNanos);
        isAsking = false;
        connection.send(release);
      } else if (nowNanos - endNanos < 0) {
        ask();
      } else {
        busy--;
      }
    }
  }
}
