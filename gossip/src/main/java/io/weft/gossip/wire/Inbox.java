package io.weft.gossip.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Received bytes that do not make a whole message yet. Grows with what has arrived, never with what
 * a length field announces.
 */
final class Inbox {
  private static final int SMALL = 16 * 1024;

  /**
   * What an empty inbox keeps: there is one per connection, and most are empty most of the time.
   */
  private static final int IDLE = 256;

  private byte[] data = new byte[IDLE];
  private int start;
  private int end;
  private boolean reserved;

  int available() {
    return end - start;
  }

  int capacity() {
    return data.length;
  }

  /** A byte as 0 to 255. */
  int at(int index) {
    return data[start + index] & 0xff;
  }

  /** Makes room for a message whose arrival is expected, so that it is not copied as it grows. */
  void reserve(int count) {
    if (data.length < count) {
      move(new byte[count]);
      reserved = true;
    }
  }

  /**
   * Takes bytes; not more than {@link #reserve} made room for, as long as there is some, so that
   * the message that fills it can leave with its array.
   */
  void append(ByteBuffer source) {
    int room = data.length - end;
    int more = reserved && room > 0 ? Math.min(room, source.remaining()) : source.remaining();
    if (data.length - end < more) {
      int used = end - start;
      boolean grow = data.length - used < more;
      reserved = false;
      int roomy = Math.min(2 * data.length, MeshProtocol.MAX_MESSAGE_BYTES + SMALL);
      move(grow ? new byte[Math.max(used + more, roomy)] : data);
    }
    source.get(data, end, more);
    end += more;
  }

  byte[] take(int count) {
    byte[] taken = Arrays.copyOfRange(data, start, start + count);
    skip(count);
    return taken;
  }

  /** The array that {@link #available} bytes are in, from {@link #position} on. */
  byte[] data() {
    return data;
  }

  /** See {@link #data}. */
  int position() {
    return start;
  }

  void skip(int count) {
    start += count;
    if (start == end) {
      start = 0;
      end = 0;
      data = data.length > IDLE ? new byte[IDLE] : data;
      reserved = false;
    }
    if (data.length > 2 * SMALL && available() <= SMALL) {
      move(new byte[SMALL]);
    }
  }

  /** Takes the array with all that is in it. */
  byte[] detach() {
    byte[] whole = data;
    data = new byte[IDLE];
    start = 0;
    end = 0;
    reserved = false;
    return whole;
  }

  private void move(byte[] target) {
    int used = end - start;
    System.arraycopy(data, start, target, 0, used);
    data = target;
    start = 0;
    end = used;
  }

  void clear() {
    data = new byte[0];
    start = 0;
    end = 0;
  }
}
