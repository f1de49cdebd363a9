package io.weft.sleeve.v2;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.crypto.HybridKeyExchange;
import java.security.InvalidKeyException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Agrees on the keys of one connection, and anew every two minutes (docs/encryption.md). The end
 * that dialled begins; messages travel over the mesh connection, which keeps their order.
 *
 * <pre>
 *  dialler                                    acceptor
 *     | ── OFFER epoch, index, keys ──────────▶ |  opens under the new keys
 *     | ◀────────── ANSWER epoch, index, keys ──|
 *     |  opens and seals under them             |
 *     | ── CONFIRM epoch ─────────────────────▶ |  seals under them
 * </pre>
 *
 * <p>Each end opens what is sealed under the former keys for another minute, so nothing is lost.
 * Conductor thread; no I/O.
 */
final class KeyAgreement implements Timed {
  /** What the agreement makes happen. */
  interface Shell {
    /** Sends a control message to the neighbour's forwarder. */
    void sendControl(int subTag, byte[] body);

    /**
     * Reserves an index under which the neighbour may send, and those behind it if it needs them.
     */
    int newIndex();

    /** Datagrams of this session and the others of its epoch are opened from now on. */
    void open(ReceiveSession session);

    /** Nothing is opened under this session and the others of its epoch any more. */
    void shut(ReceiveSession session);

    /** Gives back an index that was never opened. */
    void release(int index);

    /** What is sent from now on is sealed under this session and the others of its epoch. */
    void seal(SendSession session);
  }

  private final KeySchedule.Context context;
  private final byte @Nullable [] sessionKey;
  private final boolean dialler;
  private final EventTime time;
  private final RandomGenerator random;
  private final Shell shell;
  private final ReceiveSessionOwner owner;
  private final long rekeyAggregates;

  private int epoch;
  private boolean begun;

  // Ours, while it is not answered; dialler only.
  private @Nullable HybridKeyExchange exchange;
  private byte[] offer = new byte[0];
  private int offeredIndex = -1;

  // Agreed but not confirmed; acceptor only.
  private @Nullable SendSession unconfirmed;

  private @Nullable SendSession sending;
  private @Nullable ReceiveSession receiving;
  private final Deque<ReceiveSession> former = new ArrayDeque<>();
  private long formerDueNanos = NEVER;
  private long beginDueNanos = NEVER;
  private long nextOfferNanos;

  /**
   * An agreement that has not begun.
   *
   * @param rekeyAggregates under one key, sent or received, after which the keys are changed
   */
  KeyAgreement(
      KeySchedule.Context context,
      byte @Nullable [] sessionKey,
      boolean dialler,
      EventTime time,
      RandomGenerator random,
      Shell shell,
      ReceiveSessionOwner owner,
      long rekeyAggregates) {
    this.context = context;
    this.sessionKey = sessionKey;
    this.dialler = dialler;
    this.time = time;
    this.random = random;
    this.shell = shell;
    this.owner = owner;
    this.rekeyAggregates = rekeyAggregates;
    nextOfferNanos = time.nanos();
  }

  /** The session that opens what is newest, or null before there is one. */
  @Nullable ReceiveSession receiving() {
    return receiving;
  }

  /** The connection is confirmed: the dialler begins. */
  void start() {
    if (dialler && !begun) {
      begin();
    }
    begun = true;
  }

  /** Takes a control message; false when it makes no sense here and was ignored. */
  boolean onControl(int subTag, byte[] body) {
    return switch (subTag) {
      case Sleeve2Protocol.CONTROL_OFFER -> onOffer(body);
      case Sleeve2Protocol.CONTROL_ANSWER -> onAnswer(body);
      case Sleeve2Protocol.CONTROL_CONFIRM -> onConfirm(body);
      default -> false;
    };
  }

  /** Begins a change of keys at once if those in use have sealed enough. */
  void checkWear() {
    SendSession out = sending;
    ReceiveSession in = receiving;
    boolean worn =
        (out != null && out.mostSent() >= rekeyAggregates)
            || (in != null && in.nextCounter() >= rekeyAggregates);
    if (dialler && sessionKey != null && worn && exchange == null) {
      begin();
    }
  }

  /** Ends everything and forgets all keys. */
  void stop() {
    abandonOffer();
    forgetFormer();
    ReceiveSession current = receiving;
    if (current != null) {
      shell.shut(current);
    }
    receiving = null;
    sending = null;
    unconfirmed = null;
    beginDueNanos = NEVER;
    if (sessionKey != null) {
      Arrays.fill(sessionKey, (byte) 0);
    }
  }

  @Override
  public long nextDeadlineNanos() {
    return Math.min(beginDueNanos, formerDueNanos);
  }

  @Override
  public void onTime() {
    if (formerDueNanos != NEVER && time.nanos() - formerDueNanos >= 0) {
      forgetFormer();
    }
    if (beginDueNanos != NEVER && time.nanos() - beginDueNanos >= 0) {
      begin();
    }
  }

  private void begin() {
    abandonOffer();
    epoch++;
    offeredIndex = shell.newIndex();
    byte[] material = new byte[0];
    if (sessionKey != null) {
      HybridKeyExchange fresh = new HybridKeyExchange(random);
      exchange = fresh;
      material = fresh.offer();
    }
    offer = KeyMessage.encode(epoch, offeredIndex, material);
    beginDueNanos = time.nanos() + Sleeve2Protocol.AGREEMENT_TIMEOUT_NANOS;
    shell.sendControl(Sleeve2Protocol.CONTROL_OFFER, offer);
  }

  private boolean onOffer(byte[] body) {
    int length = sessionKey == null ? 0 : HybridKeyExchange.OFFER_BYTES;
    KeyMessage message = KeyMessage.decode(body, length);
    if (dialler
        || message == null
        || message.epoch() <= epoch
        || time.nanos() - nextOfferNanos < 0) {
      return false;
    }
    nextOfferNanos = time.nanos() + Sleeve2Protocol.OFFER_INTERVAL_NANOS;
    byte[] material = new byte[0];
    byte[] secret = new byte[0];
    if (sessionKey != null) {
      try {
        HybridKeyExchange.Answered answered = HybridKeyExchange.answer(message.material(), random);
        material = answered.answer();
        secret = answered.secret();
      } catch (InvalidKeyException e) {
        return false;
      }
    }
    epoch = message.epoch();
    int index = shell.newIndex();
    byte[] answer = KeyMessage.encode(epoch, index, material);
    KeySchedule.Keys keys = keys(secret, body, answer);
    replaceReceiving(
        ReceiveSession.first(
            epoch,
            index,
            keys == null ? null : keys.fromDialler(),
            context.diallerSessions(),
            owner));
    unconfirmed =
        SendSession.first(
            epoch,
            message.index(),
            keys == null ? null : keys.fromAcceptor(),
            context.acceptorSessions());
    shell.sendControl(Sleeve2Protocol.CONTROL_ANSWER, answer);
    return true;
  }

  private boolean onAnswer(byte[] body) {
    int length = sessionKey == null ? 0 : HybridKeyExchange.ANSWER_BYTES;
    KeyMessage message = KeyMessage.decode(body, length);
    if (!dialler || message == null || message.epoch() != epoch || offeredIndex < 0) {
      return false;
    }
    byte[] secret = new byte[0];
    HybridKeyExchange own = exchange;
    if (own != null) {
      try {
        secret = own.finish(message.material());
      } catch (InvalidKeyException e) {
        return false;
      }
    }
    KeySchedule.Keys keys = keys(secret, offer, body);
    int index = offeredIndex;
    exchange = null;
    offeredIndex = -1;
    replaceReceiving(
        ReceiveSession.first(
            epoch,
            index,
            keys == null ? null : keys.fromAcceptor(),
            context.acceptorSessions(),
            owner));
    use(
        SendSession.first(
            epoch,
            message.index(),
            keys == null ? null : keys.fromDialler(),
            context.diallerSessions()));
    beginDueNanos = sessionKey == null ? NEVER : time.nanos() + Sleeve2Protocol.REKEY_NANOS;
    shell.sendControl(Sleeve2Protocol.CONTROL_CONFIRM, KeyMessage.encode(epoch, 0, new byte[0]));
    return true;
  }

  private boolean onConfirm(byte[] body) {
    KeyMessage message = KeyMessage.decode(body, 0);
    SendSession agreed = unconfirmed;
    if (message == null || agreed == null || message.epoch() != agreed.epoch()) {
      return false;
    }
    unconfirmed = null;
    use(agreed);
    return true;
  }

  private KeySchedule.@Nullable Keys keys(byte[] secret, byte[] offerBody, byte[] answerBody) {
    byte[] key = sessionKey;
    if (key == null) {
      return null;
    }
    byte[] transcript = KeySchedule.transcript(context, offerBody, answerBody);
    return KeySchedule.derive(context, key, secret, transcript);
  }

  private void use(SendSession session) {
    sending = session;
    shell.seal(session);
  }

  private void replaceReceiving(ReceiveSession session) {
    ReceiveSession before = receiving;
    if (before != null) {
      former.add(before);
      // An end that confirms nothing could otherwise make us keep any number of them.
      while (former.size() > 2) {
        shell.shut(former.remove());
      }
      formerDueNanos = time.nanos() + Sleeve2Protocol.OLD_KEYS_NANOS;
    }
    receiving = session;
    shell.open(session);
  }

  private void forgetFormer() {
    former.forEach(shell::shut);
    former.clear();
    formerDueNanos = NEVER;
  }

  private void abandonOffer() {
    HybridKeyExchange own = exchange;
    if (own != null) {
      own.wipe();
      exchange = null;
    }
    if (offeredIndex >= 0) {
      shell.release(offeredIndex);
      offeredIndex = -1;
    }
  }
}
