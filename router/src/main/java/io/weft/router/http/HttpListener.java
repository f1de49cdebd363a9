package io.weft.router.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.io.IOException;
import java.net.InetSocketAddress;

/** One address that answers HTTP. */
@SuppressWarnings("FutureReturnValueIgnored") // Nothing is left to do when closing fails.
public final class HttpListener implements AutoCloseable {
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final InetSocketAddress address;

  private HttpListener(Channel server) {
    channels.add(server);
    address = (InetSocketAddress) server.localAddress();
  }

  /**
   * Listens with all routes.
   *
   * @param threads the event loop that serves the clients
   * @throws IOException when the address cannot be bound; the message names it
   */
  public static HttpListener control(
      EventLoopGroup threads, InetSocketAddress address, ControlApi api, Counters counters)
      throws IOException {
    return open(threads, address, api.controlRoutes(), counters);
  }

  /**
   * Listens with the routes that only read.
   *
   * @throws IOException when the address cannot be bound; the message names it
   */
  public static HttpListener status(
      EventLoopGroup threads, InetSocketAddress address, ControlApi api, Counters counters)
      throws IOException {
    return open(threads, address, api.statusRoutes(), counters);
  }

  /**
   * Listens with nothing but {@code /metrics}.
   *
   * @throws IOException when the address cannot be bound; the message names it
   */
  public static HttpListener metrics(
      EventLoopGroup threads, InetSocketAddress address, ControlApi api, Counters counters)
      throws IOException {
    return open(threads, address, api.metricsRoutes(), counters);
  }

  static HttpListener open(
      EventLoopGroup threads, InetSocketAddress address, RouteTable routes, Counters counters)
      throws IOException {
    ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(threads)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
            .childHandler(new ClientInitializer(clients, routes, counters));
    var bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "cannot listen for HTTP on %s:%d: %s"
              .formatted(address.getHostString(), address.getPort(), bound.cause().getMessage()),
          bound.cause());
    }
    HttpListener listener = new HttpListener(bound.channel());
    bound.channel().closeFuture().addListener(closed -> clients.close());
    return listener;
  }

  /** The address, with the real port when 0 was asked for. */
  public InetSocketAddress address() {
    return address;
  }

  /** Closes the address and every client. */
  @Override
  public void close() {
    channels.close().awaitUninterruptibly();
  }

  /** Equips a client's channel, or closes it when there are too many. */
  private static final class ClientInitializer extends ChannelInitializer<Channel> {
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
