package io.weft.router.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** One address that answers HTTP: of TCP, or a unix socket. */
@SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do when closing fails.
public final class HttpListener implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HttpListener.class.getName());
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final SocketAddress address;

  private HttpListener(Channel server) {
    channels.add(server);
    address = server.localAddress();
  }

  /**
   * Listens with all routes.
   *
   * @param threads the event loop that serves the clients
   * @throws IOException when the address cannot be bound; the message names it
   */
  public static HttpListener control(
      EventLoopGroup threads, SocketAddress address, ControlApi api, Counters counters)
      throws IOException {
    return open(threads, address, api.controlRoutes(), counters);
  }

  /**
   * Listens with the routes that only read.
   *
   * @throws IOException when the address cannot be bound; the message names it
   */
  public static HttpListener status(
      EventLoopGroup threads, SocketAddress address, ControlApi api, Counters counters)
      throws IOException {
    return open(threads, address, api.statusRoutes(), counters);
  }

  /**
   * Listens with nothing but {@code /metrics}.
   *
   * @throws IOException when the address cannot be bound; the message names it
   */
  public static HttpListener metrics(
      EventLoopGroup threads, SocketAddress address, ControlApi api, Counters counters)
      throws IOException {
    return open(threads, address, api.metricsRoutes(), counters);
  }

  static HttpListener open(
      EventLoopGroup threads, SocketAddress address, RouteTable routes, Counters counters)
      throws IOException {
    ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(threads)
            .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
            .childHandler(new ClientInitializer(clients, routes, counters));
    if (address instanceof UnixDomainSocketAddress socket) {
      removeOld(socket.getPath());
      bootstrap.channel(NioServerDomainSocketChannel.class);
    } else {
      bootstrap.channel(NioServerSocketChannel.class).option(ChannelOption.SO_REUSEADDR, true);
    }
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw cannotListen(address, bound.cause());
    }
    HttpListener listener = new HttpListener(bound.channel());
    bound.channel().closeFuture().addListener(closed -> clients.close());
    if (address instanceof UnixDomainSocketAddress socket) {
      // There is no other authentication.
      Files.setPosixFilePermissions(socket.getPath(), OWNER_ONLY);
    }
    return listener;
  }

  /** A socket that a router has left would keep the next one from its address (ipam.md 8.1). */
  private static void removeOld(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException("cannot listen for HTTP on %s: it is no socket".formatted(path));
    }
    Files.delete(path);
  }

  private static IOException cannotListen(SocketAddress address, Throwable cause) {
    String place =
        address instanceof InetSocketAddress inet
            ? inet.getHostString() + ":" + inet.getPort()
            : address.toString();
    return new IOException(
        "cannot listen for HTTP on %s: %s".formatted(place, cause.getMessage()), cause);
  }

  /** The address, with the real port when 0 was asked for. */
  public SocketAddress address() {
    return address;
  }

  /** Closes the address and every client, and removes a socket from its folder. */
  @Override
  public void close() {
    channels.close().awaitUninterruptibly();
    if (address instanceof UnixDomainSocketAddress socket) {
      try {
        Files.deleteIfExists(socket.getPath());
      } catch (IOException e) {
        // The next router removes it.
        LOG.log(Level.WARNING, "cannot remove the socket {0}: {1}", address, e.toString());
      }
    }
  }

  /** Equips a client's channel, or closes it when there are too many. */
  static final class ClientInitializer extends ChannelInitializer<Channel> {
    private final ChannelGroup clients;
    private final RouteTable routes;
    private final Counters counters;

    ClientInitializer(ChannelGroup clients, RouteTable routes, Counters counters) {
      this.clients = clients;
      this.routes = routes;
      this.counters = counters;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (clients.size() >= HttpProtocol.MAX_CONNECTIONS) {
        counters.increment(Counter.HTTP_CONNECTIONS_REFUSED);
        channel.close();
        return;
      }
      clients.add(channel);
      HttpDecoderConfig limits =
          new HttpDecoderConfig()
              .setMaxInitialLineLength(HttpProtocol.MAX_LINE_BYTES)
              .setMaxHeaderSize(HttpProtocol.MAX_HEADER_BYTES);
      channel
          .pipeline()
          .addLast(new HttpServerCodec(limits))
          .addLast(new WholeRequests(counters))
          .addLast(new ClientHandler(routes, counters));
    }
  }
}
