package io.weft.gossip.netty;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * What one link still has to write. Netty gets it in small pieces, so that it needs no direct
 * memory for whole messages and progress can be told from standstill. Owned by the event loop.
 */
final class Outbound {
  private record Item(byte[] bytes, int weight) {}

  private final Channel channel;
  private final IntConsumer onBytes;
  private final IntConsumer onWritten;
  private final Consumer<Throwable> onFault;
  private final Queue<Item> queue = new ArrayDeque<>();
  private int offset;
  private int piecesInFlight;
  private long progressNanos;

  /**
   * Prepares an empty queue.
   *
   * @param onBytes told how many bytes were written
   * @param onWritten told the weight of each item when it is written or given up
   */
  Outbound(
      Channel channel, IntConsumer onBytes, IntConsumer onWritten, Consumer<Throwable> onFault) {
    this.channel = channel;
    this.onBytes = onBytes;
    this.onWritten = onWritten;
    this.onFault = onFault;
  }

  void add(byte[] bytes, int weight, long nowNanos) {
    if (isIdle()) {
      progressNanos = nowNanos;
    }
    queue.add(new Item(bytes, weight));
    pump();
  }

  /** Hands Netty as much as it takes. */
  void pump() {
    boolean any = false;
    while (channel.isWritable()) {
      Item item = queue.peek();
      if (item == null) {
        break;
      }
      int length = Math.min(TransportLimits.PIECE_BYTES, item.bytes.length - offset);
      boolean last = offset + length == item.bytes.length;
      piecesInFlight++;
      any = true;
      channel
          .write(Unpooled.wrappedBuffer(item.bytes, offset, length))
          .addListener((ChannelFuture future) -> written(future, length, last ? item.weight : 0));
      offset += length;
      if (last) {
        queue.remove();
        offset = 0;
      }
    }
    if (any) {
      channel.flush();
    }
  }

  /** How long nothing has been written although there is something to write, in nanoseconds. */
  long stalledNanos(long nowNanos) {
    return isIdle() ? 0 : nowNanos - progressNanos;
  }

  /** Gives up what has not been handed on. */
  void clear() {
    for (Item item : queue) {
      if (item.weight > 0) {
        onWritten.accept(item.weight);
      }
    }
    queue.clear();
    offset = 0;
  }

  private boolean isIdle() {
    return queue.isEmpty() && piecesInFlight == 0;
  }

  private void written(ChannelFuture future, int length, int weight) {
    piecesInFlight--;
    progressNanos = System.nanoTime();
    if (weight > 0) {
      onWritten.accept(weight);
    }
    Throwable fault = future.cause();
    if (fault == null) {
      onBytes.accept(length);
    } else {
      onFault.accept(fault);
    }
  }
}
