package io.weft.router.http;

import io.weft.gossip.Target;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Turns {@code host[:port]} into addresses (mesh.md 9.1), on a thread of its own since a name
 * server may take its time. Safe for use by all threads.
 */
public final class PeerResolver implements AutoCloseable {
  /** Requests that may wait for a name server. */
  private static final int MAX_WAITING = 64;

  private static final int MAX_PORT = 65_535;
  private static final int MAX_TEXT = 255;
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_.-]+");

  private final int defaultPort;
  private final ThreadPoolExecutor executor;

  /**
   * What became of a list of peers.
   *
   * @param targets those that were found
   * @param errors one text for each of the others
   */
  public record Resolution(List<Target> targets, List<String> errors) {}

  /** A resolver for a mesh on this port. */
  public PeerResolver(int defaultPort) {
    this.defaultPort = defaultPort;
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            task -> {
              Thread thread = new Thread(task, "resolver");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
  }

  /** Looks all peers up and hands over the result, on a thread of the resolver or the caller's. */
  public void resolve(List<String> peers, Consumer<Resolution> result) {
    try {
      executor.execute(() -> result.accept(resolveNow(peers)));
    } catch (RejectedExecutionException e) {
      result.accept(
          new Resolution(List.of(), List.of("too many names are being looked up, try again")));
    }
  }

  /** Looks all peers up on the caller's thread. */
  public Resolution resolveNow(List<String> peers) {
    List<Target> targets = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    for (String peer : peers) {
      try {
        targets.add(target(peer));
      } catch (UnknownHostException e) {
        errors.add("lookup %s: no such host".formatted(host(peer)));
      } catch (IllegalArgumentException e) {
        errors.add(String.valueOf(e.getMessage()));
      }
    }
    return new Resolution(targets, errors);
  }

  /**
   * Checks the form of a peer without looking it up.
   *
   * @throws IllegalArgumentException {@code invalid peer name "X", should be host[:port]}
   */
  public static void check(String peer) {
    var _ = port(peer);
  }

  /** The host of a peer; all of it when there is no colon. */
  private static String host(String peer) {
    int colon = peer.lastIndexOf(':');
    return colon < 0 ? peer : peer.substring(0, colon);
  }

  /** The port of a peer; 0, which may also be written, stands for the mesh's own. */
  private static int port(String peer) {
    int colon = peer.lastIndexOf(':');
    String text = colon < 0 || colon == peer.length() - 1 ? "0" : peer.substring(colon + 1);
    boolean valid =
        peer.length() <= MAX_TEXT
            && HOST.matcher(host(peer)).matches()
            && PORT.matcher(text).matches()
            && Integer.parseInt(text) <= MAX_PORT;
    if (!valid) {
      throw new IllegalArgumentException(
          "invalid peer name \"%s\", should be host[:port]".formatted(peer));
    }
    return Integer.parseInt(text);
  }

  private Target target(String peer) throws UnknownHostException {
    int given = port(peer);
    int port = given == 0 ? defaultPort : given;
    String host = host(peer);
    // The user-space overlay speaks IPv4, so an address of the other family would lead nowhere.
    List<InetSocketAddress> addresses =
        Arrays.stream(InetAddress.getAllByName(host))
            .filter(Inet4Address.class::isInstance)
            .map(address -> new InetSocketAddress(address, port))
            .toList();
    if (addresses.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return new Target(peer, addresses, given != 0);
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
