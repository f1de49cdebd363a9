package io.weft.router.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.concurrent.Future;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client: takes its requests one after the other and notices when it goes away. Runs on the
 * channel's event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A channel that fails to close or write is closed.
final class ClientHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final System.Logger LOGGER = System.getLogger(ClientHandler.class.getName());
  private static final String FORM = "application/x-www-form-urlencoded";

  private final RouteTable routes;
  private final Counters counters;
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
  private @Nullable ClientExchange current;
  private @Nullable Future<?> deadline;

  /** A request that was sent ahead; null when it cannot be understood. */
  private record Pending(@Nullable ApiRequest request, boolean keepAlive, boolean isHead) {}

  ClientHandler(RouteTable routes, Counters counters) {
    this.routes = routes;
    this.counters = counters;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    armDeadline(context);
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    disarmDeadline();
    waiting.clear();
    ClientExchange exchange = current;
    current = null;
    if (exchange != null && exchange.leave()) {
      counters.increment(Counter.HTTP_REQUESTS_CANCELLED);
    }
    context.fireChannelInactive();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest message) {
    counters.increment(Counter.HTTP_REQUESTS);
    if (waiting.size() >= HttpProtocol.MAX_PIPELINED) {
      counters.increment(Counter.HTTP_BAD_REQUESTS);
      context.close();
      return;
    }
    ApiRequest request = decode(message);
    boolean keepAlive = request != null && HttpUtil.isKeepAlive(message);
    waiting.add(new Pending(request, keepAlive, message.method().equals(HttpMethod.HEAD)));
    handleNext(context);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof TooLongFrameException) {
      counters.increment(Counter.HTTP_BAD_REQUESTS);
    }
    LOGGER.log(Level.DEBUG, "HTTP client failed: {0}", cause.toString());
    context.close();
  }

  private void handleNext(ChannelHandlerContext context) {
    Pending next = current == null ? waiting.poll() : null;
    if (next == null) {
      return;
    }
    disarmDeadline();
    ClientExchange exchange =
        new ClientExchange(context.executor(), response -> write(context, next, response));
    current = exchange;
    ApiRequest request = next.request;
    if (request == null) {
      counters.increment(Counter.HTTP_BAD_REQUESTS);
      exchange.respond(ApiResponse.error(400, "400 Bad Request"));
    } else {
      routes.handle(request, exchange);
    }
  }

  private void write(ChannelHandlerContext context, Pending request, ApiResponse response) {
    current = null;
    if (!context.channel().isActive()) {
      response.undelivered();
      return;
    }
    DefaultFullHttpResponse message =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(response.status()),
            Unpooled.wrappedBuffer(response.body()));
    HttpHeaders headers = message.headers();
    if (response.contentType() != null) {
      headers.set(HttpHeaderNames.CONTENT_TYPE, response.contentType());
    }
    if (response.location() != null) {
      headers.set(HttpHeaderNames.LOCATION, response.location());
    }
    if (response.noSniff()) {
      headers.set("X-Content-Type-Options", "nosniff");
    }
    if (response.status() != 204) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, response.body().length);
    }
    if (request.isHead) {
      message.content().clear();
    }
    HttpUtil.setKeepAlive(message, request.keepAlive);
    armDeadline(context);
    var written = context.writeAndFlush(message);
    written.addListener(outcome -> {
      if (!outcome.isSuccess()) {
        response.undelivered();
      }
    });
    if (!request.keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
      return;
    }
    handleNext(context);
  }

  private void armDeadline(ChannelHandlerContext context) {
    disarmDeadline();
    deadline =
        context
            .executor()
            .schedule(
                () -> {
                  counters.increment(Counter.HTTP_CONNECTIONS_TIMED_OUT);
                  context.close();
                },
                HttpProtocol.CLIENT_TIMEOUT_NANOS,
                TimeUnit.NANOSECONDS);
  }

  private void disarmDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  /** The request in parts, or null when it cannot be taken apart. */
  private static @Nullable ApiRequest decode(FullHttpRequest message) {
    if (!message.decoderResult().isSuccess()) {
      return null;
    }
    try {
      QueryStringDecoder uri =
          new QueryStringDecoder(
              message.uri(), StandardCharsets.UTF_8, true, HttpProtocol.MAX_PARAMETERS);
      return new ApiRequest(
          message.method().name(),
          uri.path(),
          uri.rawQuery(),
          uri.parameters(),
          form(message),
          message.headers().get(HttpHeaderNames.ACCEPT));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Map<String, List<String>> form(FullHttpRequest message) {
    boolean hasForm =
        message.method().equals(HttpMethod.POST) || message.method().equals(HttpMethod.PUT);
    String type = message.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    if (!hasForm || !type.toLowerCase(Locale.ROOT).startsWith(FORM)) {
      return Map.of();
    }
    return new QueryStringDecoder(
            message.content().toString(StandardCharsets.UTF_8),
            StandardCharsets.UTF_8,
            false,
            HttpProtocol.MAX_PARAMETERS)
        .parameters();
  }
}
