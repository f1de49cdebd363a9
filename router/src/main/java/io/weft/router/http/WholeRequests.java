package io.weft.router.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.weft.router.metrics.Counter;
import io.weft.router.metrics.Counters;

/** Puts requests together; one whose body is too long costs its sender the connection. */
final class WholeRequests extends HttpObjectAggregator {
  private final Counters counters;

  WholeRequests(Counters counters) {
    super(HttpProtocol.MAX_BODY_BYTES, true);
    this.counters = counters;
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // The channel is closed, whatever comes of it.
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    counters.increment(Counter.HTTP_BAD_REQUESTS);
    DefaultFullHttpResponse refusal =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
            Unpooled.EMPTY_BUFFER);
    refusal
        .headers()
        .set(HttpHeaderNames.CONTENT_LENGTH, 0)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    context.writeAndFlush(refusal).addListener(ChannelFutureListener.CLOSE);
  }
}
