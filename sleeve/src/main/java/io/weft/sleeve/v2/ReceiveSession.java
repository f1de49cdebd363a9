package io.weft.sleeve.v2;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this end opens with during one epoch, and how much of it has arrived. A worker's thread owns
 * it; the totals can be read on any thread.
 */
final class ReceiveSession {
  private static final VarHandle EXPECTED;
  private static final VarHandle RECEIVED;
  private static final VarHandle NEXT;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      EXPECTED = lookup.findVarHandle(ReceiveSession.class, "expected", long.class);
      RECEIVED = lookup.findVarHandle(ReceiveSession.class, "received", long.class);
      NEXT = lookup.findVarHandle(ReceiveSession.class, "next", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final int epoch;
  private final int index;
  private final @Nullable SealingKey key;
  private final ReceiveSessionOwner owner;
  private final int worker;
  private List<ReceiveSession> all = List.of(this);
  private final SlidingWindow window = new SlidingWindow();

  // Of the aggregates seen at all: how many, and how many datagrams they have.
  private long aggregates;
  private long pieces;

  @SuppressWarnings("unused") // Read and written by the handles.
  private long expected;

  @SuppressWarnings("unused") // Read and written by the handles.
  private long received;

  @SuppressWarnings("unused") // Read and written by the handles.
  private long next;

  /** A session under an index of our choice; {@code key} is null when nothing is encrypted. */
  ReceiveSession(int epoch, int index, @Nullable SealingKey key, ReceiveSessionOwner owner) {
    this(epoch, index, 0, key, owner);
  }

  private ReceiveSession(
      int epoch, int first, int place, @Nullable SealingKey key, ReceiveSessionOwner owner) {
    this.epoch = epoch;
    index = first + place;
    this.key = key;
    this.owner = owner;
    worker = owner.worker(place);
  }

  /**
   * The sessions of an epoch.
   *
   * @param index of the first one; the others follow
   * @param keys one for each session, null on a connection that is not encrypted
   * @return the first one
   */
  static ReceiveSession first(
      int epoch,
      int index,
      @Nullable List<SealingKey> keys,
      int sessions,
      ReceiveSessionOwner owner) {
    List<ReceiveSession> all = new ArrayList<>();
    for (int i = 0; i < sessions; i++) {
      all.add(new ReceiveSession(epoch, index, i, keys == null ? null : keys.get(i), owner));
    }
    List<ReceiveSession> shared = List.copyOf(all);
    all.forEach(session -> session.all = shared);
    return all.getFirst();
  }

  /** All sessions of the epoch. */
  List<ReceiveSession> all() {
    return all;
  }

  int epoch() {
    return epoch;
  }

  int index() {
    return index;
  }

  @Nullable SealingKey key() {
    return key;
  }

  ReceiveSessionOwner owner() {
    return owner;
  }

  /** The worker whose thread owns it. */
  int worker() {
    return worker;
  }

  /** Whether an aggregate was not seen yet; without a key every one may come again. */
  boolean isNew(long counter) {
    return key == null || window.isNew(counter);
  }

  /**
   * Takes note of an authentic aggregate that has arrived whole.
   *
   * @return false when it was seen before
   */
  boolean complete(long counter, int pieceCount) {
    boolean accepted = window.accept(counter);
    if (accepted) {
      count(pieceCount, pieceCount);
    }
    // Whoever can send to the port could push a window without a key forward.
    return accepted || key == null;
  }

  /** Takes note of an aggregate that was given up. */
  void incomplete(int pieceCount, int piecesReceived) {
    count(pieceCount, piecesReceived);
  }

  /** Datagrams sent to us under all sessions of the epoch, as far as can be told; any thread. */
  long expected() {
    return all.stream().mapToLong(session -> (long) EXPECTED.getOpaque(session)).sum();
  }

  /** Datagrams of those that have arrived; any thread. */
  long received() {
    return all.stream().mapToLong(session -> (long) RECEIVED.getOpaque(session)).sum();
  }

  /** One more than the highest counter seen under any session of the epoch; any thread. */
  long nextCounter() {
    return all.stream().mapToLong(session -> (long) NEXT.getOpaque(session)).max().orElse(0);
  }

  private void count(int pieceCount, int piecesReceived) {
    aggregates++;
    pieces += pieceCount;
    // An aggregate of which nothing has come counts as one datagram, which is what most are.
    long missing = Math.max(0, window.next() - aggregates);
    EXPECTED.setOpaque(this, pieces + missing);
    RECEIVED.setOpaque(this, (long) RECEIVED.getOpaque(this) + piecesReceived);
    NEXT.setOpaque(this, window.next());
  }
}
