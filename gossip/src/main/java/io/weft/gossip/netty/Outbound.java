package io.weft.gossip.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * What one link still has to write. Netty gets it in small pieces, so that it needs no direct
 * memory for whole messages and progress can be told from standstill. Owned by the event loop.
 */
final class Outbound {
  /** What is left of a message, and of its weight. */
  private static final class Item {
    private byte[] bytes;
    private int offset;
    private int weight;

    Item(byte[] bytes, int weight) {
      this.bytes = bytes;
      this.weight = weight;
    }

    int left() {
      return bytes.length - offset;
    }

    /** Passes over bytes and gives back as much memory, of which their weight is returned. */
    int spend(int count) {
      offset += count;
      int spent = left() == 0 ? weight : Math.min(count, weight);
      weight -= spent;
      if (offset >= TransportLimits.SPENT_BYTES && offset >= left()) {
        bytes = Arrays.copyOfRange(bytes, offset, bytes.length);
        offset = 0;
      }
      return spent;
    }
  }

  private final Channel channel;
  private final IntConsumer onBytes;
  private final IntConsumer onWritten;
  private final Consumer<Throwable> onFault;
  private final Queue<Item> queue = new ArrayDeque<>();
  private int piecesInFlight;
  private long progressNanos;

  /**
   * Prepares an empty queue.
   *
   * @param onBytes told how many bytes were written
   * @param onWritten told the weight of what is written or given up
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
      int length = Math.min(TransportLimits.PIECE_BYTES, item.left());
      ByteBuf piece = Unpooled.wrappedBuffer(item.bytes, item.offset, length);
      int weight = item.spend(length);
      if (item.left() == 0) {
        queue.remove();
      }
      piecesInFlight++;
      any = true;
      // Netty copies the piece at once, so that it does not keep the message.
      channel.write(piece).addListener((ChannelFuture future) -> written(future, length, weight));
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
