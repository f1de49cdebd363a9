package io.weft.sleeve.v2;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Puts aggregates together from their pieces, in whatever order they come. What memory it takes is
 * bounded: so many aggregates at a time over all connections, and fewer of one connection; the
 * oldest is given up. Nothing is authentic yet. Receive thread.
 */
final class Reassembly {
  /** Told of every aggregate that is given up. */
  interface Abandoned {
    void incomplete(ReceiveSession session, int pieces, int received);
  }

  /** An aggregate being put together. */
  static final class Slot {
    private @Nullable ReceiveSession session;
    private long counter;
    private int length;
    private int pieces;
    private int received;
    private long birth;
    private final long[] present = new long[4];
    private byte[] data = new byte[0];

    /** The aggregate, from 0 on. */
    byte[] data() {
      return data;
    }

    private boolean is(ReceiveSession ofSession, long ofCounter) {
      return session == ofSession && counter == ofCounter;
    }
  }

  private final Slot[] slots = new Slot[Sleeve2Protocol.REASSEMBLIES];
  private final Abandoned abandoned;
  private Slot last;
  private long births;
  private boolean duplicate;

  Reassembly(Abandoned abandoned) {
    this.abandoned = abandoned;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot();
    }
    last = slots[0];
  }

  /**
   * Takes a piece whose header is possible and whose aggregate has several.
   *
   * @param bytes of the piece, which starts at {@code offset}
   * @return the aggregate, when this piece completes it; valid until the next call
   */
  @Nullable Slot add(
      ReceiveSession session,
      long counter,
      int length,
      int pieces,
      int piece,
      ByteBuffer slab,
      int offset,
      int bytes) {
    duplicate = false;
    Slot slot = last;
    if (!slot.is(session, counter)) {
      slot = find(session, counter, length, pieces);
      last = slot;
    }
    long bit = 1L << piece;
    if (slot.length != length || slot.pieces != pieces || (slot.present[piece >>> 6] & bit) != 0) {
      duplicate = true;
      return null;
    }
    slot.present[piece >>> 6] |= bit;
    slab.get(offset, slot.data, piece * Pieces.bytes(length, pieces), bytes);
    slot.received++;
    if (slot.received < pieces) {
      return null;
    }
    slot.session = null;
    return slot;
  }

  /** Whether the last {@link #add} was of a piece that was there already, or contradicted it. */
  boolean wasDuplicate() {
    return duplicate;
  }

  private Slot find(ReceiveSession session, long counter, int length, int pieces) {
    Slot free = null;
    Slot oldest = slots[0];
    // Whatever number of sessions a neighbour sends under, its share is that of one.
    ReceiveSessionOwner owner = session.owner();
    Slot oldestOfOwner = null;
    int ofOwner = 0;
    for (Slot slot : slots) {
      if (slot.is(session, counter)) {
        return slot;
      }
      ReceiveSession there = slot.session;
      if (there == null) {
        free = slot;
      } else {
        oldest = oldest.session == null || slot.birth < oldest.birth ? slot : oldest;
        if (there.owner() == owner) {
          ofOwner++;
          oldestOfOwner =
              oldestOfOwner == null || slot.birth < oldestOfOwner.birth ? slot : oldestOfOwner;
        }
      }
    }
    Slot taken = free;
    if (oldestOfOwner != null && ofOwner >= Sleeve2Protocol.REASSEMBLIES_OF_ONE) {
      taken = oldestOfOwner;
    } else if (taken == null) {
      taken = oldest;
    }
    begin(taken, session, counter, length, pieces);
    return taken;
  }

  private void begin(Slot slot, ReceiveSession session, long counter, int length, int pieces) {
    ReceiveSession before = slot.session;
    if (before != null) {
      abandoned.incomplete(before, slot.pieces, slot.received);
    }
    slot.session = session;
    slot.counter = counter;
    slot.length = length;
    slot.pieces = pieces;
    slot.received = 0;
    slot.birth = births++;
    for (int i = 0; i < slot.present.length; i++) {
      slot.present[i] = 0;
    }
    if (slot.data.length < length) {
      // Once per slot: the largest there is.
      slot.data = new byte[Sleeve2Protocol.MAX_SEALED_BYTES];
    }
  }
}
