package io.weft.gossip;

import io.weft.gossip.channel.GossipChannel;
import io.weft.gossip.channel.GossipData;
import io.weft.gossip.channel.GossipException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A channel whose state is a set of words; what arrives is noted. */
final class RecordingChannel implements GossipChannel {
  static final String NAME = "words";
  static final String BAD = "bad";

  private final String name;
  private final SortedSet<String> words = new TreeSet<>();
  private boolean digestible;
  private final List<String> broadcasts = new ArrayList<>();
  private final List<String> unicasts = new ArrayList<>();
  private final List<PeerName> gone = new ArrayList<>();

  /** Words to be sent; each is a payload of its own. */
  record Words(SortedSet<String> words) implements GossipData {
    static Words of(String... words) {
      return new Words(new TreeSet<>(List.of(words)));
    }

    @Override
    public List<byte[]> encode() {
      return words.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
    }

    @Override
    public GossipData merge(GossipData later) {
      SortedSet<String> both = new TreeSet<>(words);
      both.addAll(((Words) later).words);
      return new Words(both);
    }
  }

  RecordingChannel() {
    this(NAME);
  }

  RecordingChannel(String name) {
    this.name = name;
  }

  SortedSet<String> words() {
    return words;
  }

  List<String> broadcasts() {
    return broadcasts;
  }

  List<String> unicasts() {
    return unicasts;
  }

  List<PeerName> gone() {
    return gone;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public @Nullable GossipData fullState() {
    return words.isEmpty() ? null : new Words(new TreeSet<>(words));
  }

  /** From now on the state has a digest. */
  void makeDigestible() {
    digestible = true;
  }

  @Override
  public OptionalLong digest() {
    return digestible ? OptionalLong.of(words.hashCode()) : OptionalLong.empty();
  }

  @Override
  public @Nullable GossipData onGossip(byte[] payload) throws GossipException {
    String word = read(payload);
    return words.add(word) ? Words.of(word) : null;
  }

  @Override
  public GossipData onBroadcast(PeerName source, byte[] payload) throws GossipException {
    String word = read(payload);
    broadcasts.add(word);
    return Words.of(word);
  }

  @Override
  public void onUnicast(PeerName source, byte[] payload) throws GossipException {
    unicasts.add(read(payload));
  }

  @Override
  public void onPeerGone(PeerName peer) {
    gone.add(peer);
  }

  private static String read(byte[] payload) throws GossipException {
    String word = new String(payload, StandardCharsets.UTF_8);
    if (word.equals(BAD)) {
      throw new GossipException("a bad word");
    }
    return word;
  }
}
