package io.weft.sleeve.v2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weft.gossip.EventTime;
import io.weft.gossip.PeerName;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two ends that agree on keys, with nothing between them but a queue each way. */
final class KeyAgreementTest {
  private static final byte[] SESSION_KEY = Frames.bytes(32, 1);

  private final EventTime time = new EventTime(0, 0);
  private End dialler = new End(true, SESSION_KEY);
  private End acceptor = new End(false, SESSION_KEY);

  @Test
  void bothEndsGetTheSameKeysAndEachDirectionItsOwn() {
    agree();
    SealingKey out = key(dialler.sending);
    assertArrayEquals(
        out.key().getEncoded(), openKey(acceptor).key().getEncoded(), "dialler to acceptor");
    assertEquals(out.salt(), openKey(acceptor).salt());
    SealingKey back = key(acceptor.sending);
    assertArrayEquals(back.key().getEncoded(), openKey(dialler).key().getEncoded(), "and back");
    assertFalse(Arrays.equals(out.key().getEncoded(), back.key().getEncoded()));
    assertEquals(session(dialler).index(), receiving(acceptor).index());
    assertEquals(session(acceptor).index(), receiving(dialler).index());
  }

  @Test
  void everySessionHasAKeyAndAnIndexOfItsOwn() {
    agree();
    Set<String> keys = new HashSet<>();
    List<ReceiveSession> opening = receiving(acceptor).all();
    assertEquals(4, opening.size(), "as many as the dialler sends under");
    for (int worker = 0; worker < 8; worker++) {
      SendSession out = session(dialler).of(worker);
      ReceiveSession in = opening.get(worker % 4);
      assertEquals(in.index(), out.index());
      assertEquals(receiving(acceptor).index() + worker % 4, out.index());
      assertArrayEquals(
          key(out).key().getEncoded(), Objects.requireNonNull(in.key()).key().getEncoded());
      keys.add(HexFormat.of().formatHex(key(out).key().getEncoded()));
    }
    assertEquals(4, keys.size());
    assertEquals(1, receiving(dialler).all().size());
    assertEquals(session(acceptor), session(acceptor).of(3));
  }

  @Test
  void whatHasArrivedIsTheSumOfAllSessionsAndTheOldestOneIsWornFirst() {
    agree();
    List<ReceiveSession> opening = receiving(acceptor).all();
    assertTrue(opening.get(1).complete(0, 2));
    assertTrue(opening.get(3).complete(1, 1));
    assertEquals(4, receiving(acceptor).expected(), "one has not come");
    assertEquals(3, receiving(acceptor).received());
    assertEquals(2, receiving(acceptor).nextCounter());
  }

  @Test
  void theAcceptorSealsOnlyWhatTheDiallerCanOpen() {
    dialler.agreement.start();
    acceptor.agreement.start();
    assertTrue(dialler.deliverOne(acceptor), "offer");
    assertNull(acceptor.sending, "the dialler has no keys yet");
    assertNotNull(acceptor.agreement.receiving(), "but may send as soon as it has");
    assertTrue(acceptor.deliverOne(dialler), "answer");
    assertNotNull(dialler.sending);
    assertNull(acceptor.sending);
    assertTrue(dialler.deliverOne(acceptor), "confirmation");
    assertNotNull(acceptor.sending);
  }

  @Test
  void keysChangeEveryTwoMinutesAndFormerOnesStayOpenForAWhile() {
    agree();
    byte[] first = key(dialler.sending).key().getEncoded();
    passTime(119);
    assertArrayEquals(first, key(dialler.sending).key().getEncoded());
    passTime(2);
    assertFalse(Arrays.equals(first, key(dialler.sending).key().getEncoded()));
    assertEquals(2, acceptor.open.size(), "what is on its way can be opened");
    assertEquals(2, dialler.open.size());
    passTime(61);
    assertEquals(1, acceptor.open.size());
    assertEquals(1, dialler.open.size());
  }

  @Test
  void keysChangeAfterSoManyAggregates() {
    agree();
    SendSession worn =
        new SendSession(1, 1, key(dialler.sending), Sleeve2Protocol.REKEY_AGGREGATES);
    assertFalse(worn.isWornOut());
    SendSession used = new SendSession(1, 1, key(dialler.sending), Sleeve2Protocol.LAST_AGGREGATE);
    assertTrue(used.isWornOut());
    dialler.agreement.checkWear();
    assertTrue(dialler.outbox.isEmpty(), "not yet");
    // What the acceptor sends wears its key out; the dialler notices by what arrives.
    assertTrue(receiving(dialler).complete(Sleeve2Protocol.REKEY_AGGREGATES, 1));
    dialler.agreement.checkWear();
    assertEquals(1, dialler.outbox.size());
  }

  @Test
  void whatTheBusiestSessionOfTheDiallerSealsChangesTheKeysOnce() {
    dialler = new End(true, SESSION_KEY, 1_000);
    agree();
    SendSession first = session(dialler);
    for (int i = 0; i < 999; i++) {
      assertEquals(i, first.of(2).nextCounter());
      assertEquals(i, first.of(1).nextCounter(), "the sum of all says nothing");
    }
    dialler.agreement.checkWear();
    assertTrue(dialler.outbox.isEmpty(), "one short of it");
    assertEquals(999, first.of(2).nextCounter());
    time.advanceTo(time.nanos() + Sleeve2Protocol.OFFER_INTERVAL_NANOS, 0);
    dialler.agreement.checkWear();
    dialler.agreement.checkWear();
    assertEquals(1, dialler.outbox.size(), "one offer");
    deliverAll();
    assertEquals(2, session(dialler).epoch());
    assertEquals(2, session(acceptor).epoch());
    assertFalse(
        Arrays.equals(key(first).key().getEncoded(), key(dialler.sending).key().getEncoded()));
    dialler.agreement.checkWear();
    assertTrue(dialler.outbox.isEmpty(), "counters begin anew");
  }

  @Test
  void anOfferThatIsNotAnsweredIsRepeatedWithFreshKeys() {
    dialler.agreement.start();
    byte[] lost = dialler.outbox.removeFirst().body;
    time.advanceTo(Sleeve2Protocol.AGREEMENT_TIMEOUT_NANOS, 0);
    dialler.agreement.onTime();
    byte[] again = dialler.outbox.getFirst().body;
    assertFalse(Arrays.equals(lost, again));
    deliverAll();
    assertNotNull(acceptor.sending);
  }

  @Test
  void offersAreNotAnsweredMoreOftenThanOnceASecondNorTwice() {
    agree();
    int open = acceptor.open.size();
    End stranger = new End(true, SESSION_KEY);
    for (int i = 0; i < 100; i++) {
      stranger.agreement.start();
      time.advanceTo(time.nanos() + Sleeve2Protocol.AGREEMENT_TIMEOUT_NANOS, 0);
      stranger.agreement.onTime();
    }
    int answered = 0;
    for (Message offer : stranger.outbox) {
      answered += acceptor.agreement.onControl(offer.subTag, offer.body) ? 1 : 0;
    }
    assertEquals(1, answered);
    assertTrue(acceptor.open.size() <= open + 1);
  }

  @Test
  void withoutASessionKeyOnlyIndexesAreExchangedAndNothingChangesLater() {
    dialler = new End(true, null);
    acceptor = new End(false, null);
    agree();
    assertNull(session(dialler).key());
    assertEquals(session(dialler).index(), receiving(acceptor).index());
    passTime(1_000);
    assertEquals(1, session(dialler).epoch());
  }

  @Test
  void messagesOutOfOrderAndOfTheWrongLengthAreIgnored() {
    agree();
    for (int subTag = 0; subTag < 5; subTag++) {
      for (int length : List.of(0, 1, 6, 7, 8, 7 + 1119, 7 + 1120, 7 + 1216, 7 + 1217)) {
        assertFalse(dialler.agreement.onControl(subTag, new byte[length]), subTag + "/" + length);
        assertFalse(acceptor.agreement.onControl(subTag, new byte[length]), subTag + "/" + length);
      }
    }
  }

  @Test
  void stoppingGivesEveryIndexBack() {
    agree();
    passTime(125);
    dialler.agreement.stop();
    acceptor.agreement.stop();
    assertEquals(Set.of(), dialler.indexes);
    assertEquals(Set.of(), acceptor.indexes);
  }

  private void agree() {
    dialler.agreement.start();
    acceptor.agreement.start();
    deliverAll();
    assertNotNull(dialler.sending);
    assertNotNull(acceptor.sending);
  }

  private void deliverAll() {
    while (!dialler.outbox.isEmpty() || !acceptor.outbox.isEmpty()) {
      dialler.deliverOne(acceptor);
      acceptor.deliverOne(dialler);
    }
  }

  private void passTime(int seconds) {
    for (int i = 0; i < seconds; i++) {
      time.advanceTo(time.nanos() + 1_000_000_000L, 0);
      dialler.agreement.onTime();
      acceptor.agreement.onTime();
      deliverAll();
    }
  }

  private static SendSession session(End end) {
    return Objects.requireNonNull(end.sending);
  }

  private static ReceiveSession receiving(End end) {
    return Objects.requireNonNull(end.agreement.receiving());
  }

  private static SealingKey key(@Nullable SendSession session) {
    return Objects.requireNonNull(Objects.requireNonNull(session).key());
  }

  private static SealingKey openKey(End end) {
    return Objects.requireNonNull(receiving(end).key());
  }

  private record Message(int subTag, byte[] body) {}

  /** One end with what it has sent and opened. */
  private final class End implements KeyAgreement.Shell {
    final Deque<Message> outbox = new ArrayDeque<>();
    final Set<ReceiveSession> open = new HashSet<>();
    final Set<Integer> indexes = new HashSet<>();
    final KeyAgreement agreement;
    @Nullable SendSession sending;
    private int nextIndex;

    End(boolean dials, byte @Nullable [] key) {
      this(dials, key, Sleeve2Protocol.REKEY_AGGREGATES);
    }

    End(boolean dials, byte @Nullable [] key, long rekeyAggregates) {
      KeySchedule.Context context =
          new KeySchedule.Context(
              7, new PeerName(1), new PeerName(2), "v=1", "v=1", Aead.AES_256_GCM, 4, 1);
      nextIndex = dials ? 100 : 200;
      agreement =
          new KeyAgreement(
              context,
              key == null ? null : key.clone(),
              dials,
              time,
              new SplittableRandom(nextIndex),
              this,
              new SilentOwner(2, 1),
              rekeyAggregates);
    }

    boolean deliverOne(End other) {
      Message message = outbox.pollFirst();
      return message != null && other.agreement.onControl(message.subTag, message.body);
    }

    @Override
    public void sendControl(int subTag, byte[] body) {
      outbox.add(new Message(subTag, body));
    }

    @Override
    public int newIndex() {
      nextIndex += 8;
      indexes.add(nextIndex);
      return nextIndex;
    }

    @Override
    public void open(ReceiveSession session) {
      open.add(session);
    }

    @Override
    public void shut(ReceiveSession session) {
      open.remove(session);
      release(session.index());
    }

    @Override
    public void release(int index) {
      assertTrue(indexes.remove(index), "given back once");
    }

    @Override
    public void seal(SendSession session) {
      sending = session;
    }
  }
}
