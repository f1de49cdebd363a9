package io.weft.gossip.wire;

import io.weft.gossip.EventTime;
import io.weft.gossip.Timed;
import io.weft.gossip.crypto.SessionKey;
import io.weft.gossip.gob.GobException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * One TCP connection of the mesh from the first byte to the last (mesh.md 1 to 3), without doing
 * any input or output: bytes and time go in, actions come out of the sink given at construction.
 *
 * <p>Memory is bounded by the largest message; before the handshake is complete, by the largest
 * feature map. Whatever arrives, nothing is thrown: faults end in {@link MeshAction.Close}. Owned
 * by one thread; the sink may call {@link #pause} and no other method of the connection.
 */
public final class MeshConnection implements Timed {
  private enum Phase {
    NEW,
    HEADER,
    KEYS,
    FEATURES,
    HELD,
    READING,
    CLOSED
  }

  private static final byte[] IDENTIFIER = {'w', 'e', 'a', 'v', 'e'};

  private final MeshConnectionParameters parameters;
  private final boolean outbound;
  private final InetSocketAddress local;
  private final InetSocketAddress remote;
  private final EventTime time;
  private final Consumer<MeshAction> sink;
  private final Inbox inbox = new Inbox();
  private final KeyExchange keys;
  private final long connectionId;

  private Phase phase = Phase.NEW;
  private boolean paused;
  private boolean deadlineArmed;
  private long deadlineNanos;
  private boolean pulseOffered;
  private boolean pulse;
  private long heardNanos;
  private int version;
  private Framing framing = new LengthFraming();
  private Sealing sealing = new Sealing();

  /**
   * Prepares a connection; {@link #start} begins it.
   *
   * @param outbound we dialled
   * @param time advanced by the caller before each call
   * @param random source of the connection id ({@code nextLong}) and, with a password, of the
   *     private key ({@code nextBytes}); must be unpredictable
   * @param sink takes the actions in order
   */
  public MeshConnection(
      MeshConnectionParameters parameters,
      boolean outbound,
      InetSocketAddress local,
      InetSocketAddress remote,
      EventTime time,
      RandomGenerator random,
      Consumer<MeshAction> sink) {
    this.parameters = parameters;
    this.outbound = outbound;
    this.local = local;
    this.remote = remote;
    this.time = time;
    this.sink = sink;
    this.connectionId = random.nextLong();
    this.keys = new KeyExchange(parameters.password(), random);
  }

  /** Sends the header; the TCP connection is up. */
  public void start() {
    if (phase != Phase.NEW) {
      return;
    }
    byte[] header = Arrays.copyOf(IDENTIFIER, MeshProtocol.HEADER_BYTES);
    header[IDENTIFIER.length] = (byte) parameters.minVersion();
    header[IDENTIFIER.length + 1] = (byte) parameters.maxVersion();
    phase = Phase.HEADER;
    arm(MeshProtocol.HEADER_TIMEOUT_NANOS);
    sink.accept(new MeshAction.Send(header));
  }

  /** Takes bytes that arrived, in pieces of any size. */
  public void onBytes(ByteBuffer bytes) {
    if (phase == Phase.CLOSED) {
      return;
    }
    heardNanos = time.nanos();
    do {
      inbox.append(bytes);
      process();
    } while (bytes.hasRemaining() && phase != Phase.CLOSED);
  }

  /**
   * The stream has ended.
   *
   * @param cause {@code EOF} or what the read failed with
   */
  public void onEnd(String cause) {
    end(CloseCause.ENDED, cause);
  }

  /** Starts delivering messages; ignored unless the handshake is complete. */
  public void startReading() {
    if (phase == Phase.HELD) {
      phase = Phase.READING;
      resume();
    }
  }

  /** Stops delivering messages; the caller should stop handing in bytes too. */
  public void pause() {
    paused = true;
    if (phase == Phase.READING) {
      // Silence that we cause ourselves is not the peer's.
      deadlineArmed = false;
    }
  }

  /** Goes on after {@link #pause}, with what has arrived meanwhile. */
  public void resume() {
    paused = false;
    if (phase == Phase.READING) {
      heardNanos = time.nanos();
      arm(MeshProtocol.READ_TIMEOUT_NANOS);
      process();
    }
  }

  /** Whether {@link #pause} holds messages back. */
  public boolean isPaused() {
    return paused;
  }

  /** Sends a message; ignored unless the handshake is complete. */
  public void send(MeshMessage message) {
    if (phase != Phase.HELD && phase != Phase.READING) {
      return;
    }
    try {
      byte[] frame = framing.frameMessage(message, sealing);
      sink.accept(new MeshAction.Send(frame));
    } catch (MeshFaultException e) {
      close(e.kind(), reasonOf(e));
    }
  }

  /** Ends the connection and wipes its keys. */
  public void close(String reason) {
    close(CloseCause.LOCAL, reason);
  }

  private void end(CloseCause kind, String cause) {
    String precise = cause.equals("EOF") && inbox.available() > 0 ? "unexpected EOF" : cause;
    close(kind, phase == Phase.HEADER ? headerFault(precise) : precise);
  }

  private void close(CloseCause kind, String reason) {
    if (phase == Phase.CLOSED) {
      return;
    }
    phase = Phase.CLOSED;
    deadlineArmed = false;
    inbox.clear();
    keys.wipe();
    sealing.wipe();
    sink.accept(new MeshAction.Close(kind, reason));
  }

  /** Whether the handshake is complete and the connection is not closed. */
  public boolean isEstablished() {
    return phase == Phase.HELD || phase == Phase.READING;
  }

  /**
   * Size of the message that is arriving, as its sender announced it; at most the largest message.
   * 0 before the handshake is complete, or when no message has begun.
   */
  public int awaitedBytes() {
    return phase == Phase.READING ? framing.awaited(inbox) : 0;
  }

  /** Takes the memory for {@link #awaitedBytes} at once instead of growing with what arrives. */
  public void reserve() {
    inbox.reserve(awaitedBytes());
  }

  /** Memory taken by bytes that do not make a whole message yet. */
  int heldBytes() {
    return inbox.capacity();
  }

  @Override
  public long nextDeadlineNanos() {
    if (!deadlineArmed) {
      return NEVER;
    }
    long silentNanos = heardNanos + MeshProtocol.PULSE_TIMEOUT_NANOS;
    boolean sooner = phase == Phase.READING && pulse && silentNanos - deadlineNanos < 0;
    return sooner ? silentNanos : deadlineNanos;
  }

  @Override
  public void onTime() {
    if (deadlineArmed && time.nanos() - nextDeadlineNanos() >= 0) {
      end(
          CloseCause.TIMEOUT,
          "read tcp " + AddressText.of(local) + "->" + AddressText.of(remote) + ": i/o timeout");
    }
  }

  private void process() {
    try {
      boolean progress = true;
      while (progress) {
        progress =
            switch (phase) {
              case HEADER -> readHeader();
              case KEYS -> readKeys();
              case FEATURES -> readFeatures();
              case READING -> !paused && readMessage();
              case NEW, HELD, CLOSED -> false;
            };
      }
    } catch (MeshFaultException e) {
      close(e.kind(), reasonOf(e));
    } catch (GobException e) {
      close(isEstablished() ? CloseCause.MESSAGE : CloseCause.FEATURES, reasonOf(e));
    }
  }

  private boolean readHeader() throws MeshFaultException {
    if (inbox.available() < MeshProtocol.HEADER_BYTES) {
      return false;
    }
    byte[] header = inbox.take(MeshProtocol.HEADER_BYTES);
    byte[] identifier = Arrays.copyOf(header, IDENTIFIER.length);
    if (!Arrays.equals(identifier, IDENTIFIER)) {
      throw new MeshFaultException(
          CloseCause.HEADER, "remote protocol header not recognised: " + octets(identifier));
    }
    int theirMin = header[IDENTIFIER.length] & 0xff;
    int theirMax = header[IDENTIFIER.length + 1] & 0xff;
    version = Math.min(parameters.maxVersion(), theirMax);
    if (Math.max(parameters.minVersion(), theirMin) > version) {
      throw new MeshFaultException(
          CloseCause.HEADER,
          "remote version range [%d,%d] is incompatible with ours [%d,%d]"
              .formatted(theirMin, theirMax, parameters.minVersion(), parameters.maxVersion()));
    }
    arm(MeshProtocol.HANDSHAKE_TIMEOUT_NANOS);
    if (version == 1) {
      framing = new GobStreamFraming();
      sendFeatures();
    } else {
      sink.accept(new MeshAction.Send(keys.announcement()));
      phase = Phase.KEYS;
    }
    return true;
  }

  private boolean readKeys() throws MeshFaultException {
    if (inbox.available() < 1) {
      return false;
    }
    int flag = inbox.at(0);
    if (flag > 1) {
      throw new MeshFaultException(CloseCause.ENCRYPTION, "Bad encryption flag " + flag);
    }
    keys.check(flag == 1);
    if (flag == 1) {
      if (inbox.available() < 1 + SessionKey.BYTES) {
        return false;
      }
      inbox.skip(1);
      sealing = keys.agree(inbox.take(SessionKey.BYTES), outbound);
    } else {
      inbox.skip(1);
    }
    sendFeatures();
    return true;
  }

  private void sendFeatures() throws MeshFaultException {
    Map<String, String> features = new LinkedHashMap<>(parameters.localFeatures().apply(remote));
    features.put(MeshProtocol.CONNECTION_ID, Long.toUnsignedString(connectionId));
    pulseOffered = Extensions.names(features.get(Extensions.KEY), Extensions.PULSE);
    if (version == 1) {
      features = FeatureMap.filterForVersion1(features);
      if (keys.encrypts()) {
        features.put(MeshProtocol.PUBLIC_KEY, keys.publicKeyText());
      }
    }
    sink.accept(new MeshAction.Send(framing.frameFeatures(features, sealing)));
    phase = Phase.FEATURES;
  }

  private boolean readFeatures() throws MeshFaultException, GobException {
    Map<String, String> features = framing.takeFeatures(inbox, sealing);
    if (features == null) {
      return false;
    }
    if (version == 1) {
      features = FeatureMap.filterForVersion1(features);
      String publicKey = features.get(MeshProtocol.PUBLIC_KEY);
      keys.check(publicKey != null);
      if (publicKey != null) {
        sealing = keys.agree(publicKey, outbound);
      }
    }
    RemoteFeatures parsed = FeatureMap.parse(features);
    pulse = pulseOffered && Extensions.names(features.get(Extensions.KEY), Extensions.PULSE);
    byte[] key = keys.sessionKey();
    keys.wipe();
    phase = Phase.HELD;
    deadlineArmed = false;
    long connectionUid = connectionId ^ parsed.connectionId();
    sink.accept(
        new MeshAction.Established(
            new Handshaken(version, outbound, local, remote, parsed, connectionUid, key)));
    return true;
  }

  private boolean readMessage() throws MeshFaultException, GobException {
    MeshMessage message = framing.takeMessage(inbox, sealing);
    if (message == null) {
      return false;
    }
    arm(MeshProtocol.READ_TIMEOUT_NANOS);
    sink.accept(new MeshAction.Deliver(message));
    return true;
  }

  private String headerFault(String cause) {
    int count = inbox.available();
    if (count == 0) {
      return "failed to receive remote protocol header: " + cause;
    }
    return "received incomplete remote protocol header (%d octets instead of %d): %s; error: %s"
        .formatted(count, MeshProtocol.HEADER_BYTES, octets(inbox.take(count)), cause);
  }

  /** Bytes as Go prints them. */
  private static String octets(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xff;
    }
    return Arrays.toString(values).replace(",", "");
  }

  private void arm(long timeoutNanos) {
    deadlineArmed = true;
    deadlineNanos = time.nanos() + timeoutNanos;
  }

  private static String reasonOf(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
