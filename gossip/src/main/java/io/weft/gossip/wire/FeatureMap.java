package io.weft.gossip.wire;

import io.weft.gossip.PeerName;
import io.weft.gossip.gob.GobType;
import io.weft.gossip.gob.GobValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The feature map in its gob form and its checked form (mesh.md 1.6). */
final class FeatureMap {
  /** {@code map[string]string}. */
  static final GobType.Mapping TYPE = GobType.map("", GobType.STRING, GobType.STRING);

  private static final List<String> REQUIRED =
      List.of(
          MeshProtocol.PEER_NAME_FLAVOUR,
          MeshProtocol.NAME,
          MeshProtocol.NICK_NAME,
          MeshProtocol.UID,
          MeshProtocol.CONNECTION_ID);

  private FeatureMap() {}

  static GobValue toGob(Map<String, String> features) {
    List<GobValue.Entry> entries = new ArrayList<>(features.size());
    features.forEach((key, value) ->
        entries.add(new GobValue.Entry(new GobValue.Text(key), new GobValue.Text(value))));
    return new GobValue.Mapping(entries);
  }

  static Map<String, String> fromGob(GobValue value) {
    Map<String, String> features = new LinkedHashMap<>();
    for (GobValue.Entry entry : ((GobValue.Mapping) value).entries()) {
      features.put(entry.key().asText(), entry.value().asText());
    }
    return features;
  }

  /** Keeps what crosses in version 1 (mesh.md 1.5), in the order given. */
  static Map<String, String> filterForVersion1(Map<String, String> features) {
    Map<String, String> kept = new LinkedHashMap<>(features);
    kept.keySet()
        .removeIf(key ->
            !MeshProtocol.VERSION_1_KEYS.contains(key) && !MeshProtocol.PUBLIC_KEY.equals(key));
    return kept;
  }

  /** Checks what the other end announced. */
  static RemoteFeatures parse(Map<String, String> features) throws MeshFaultException {
    for (String key : REQUIRED) {
      require(features, key);
    }
    String flavour = require(features, MeshProtocol.PEER_NAME_FLAVOUR);
    if (!flavour.equals(MeshProtocol.MAC_FLAVOUR)) {
      throw new MeshFaultException(
          CloseCause.FEATURES,
          "Peer name flavour mismatch (ours: 'mac', theirs: '" + flavour + "')");
    }
    PeerName name;
    try {
      name = PeerName.parse(require(features, MeshProtocol.NAME));
    } catch (IllegalArgumentException e) {
      throw new MeshFaultException(CloseCause.FEATURES, String.valueOf(e.getMessage()), e);
    }
    long uid = parseUint(require(features, MeshProtocol.UID));
    long connectionId = parseUint(require(features, MeshProtocol.CONNECTION_ID));
    String trusted = features.get(MeshProtocol.TRUSTED);
    return new RemoteFeatures(
        name,
        require(features, MeshProtocol.NICK_NAME),
        uid,
        connectionId,
        parseShortId(features.get(MeshProtocol.SHORT_ID)),
        trusted != null && parseBool(trusted),
        features.get(MeshProtocol.OVERLAYS),
        Map.copyOf(features));
  }

  private static String require(Map<String, String> features, String key)
      throws MeshFaultException {
    String value = features.get(key);
    if (value == null) {
      throw new MeshFaultException(CloseCause.FEATURES, "field " + key + " is missing");
    }
    return value;
  }

  private static @Nullable Integer parseShortId(@Nullable String text) throws MeshFaultException {
    if (text == null) {
      return null;
    }
    long value = parseUint(text);
    if (value < 0 || value > MeshProtocol.MAX_SHORT_ID) {
      throw outOfRange(text);
    }
    return (int) value;
  }

  /** A decimal number without sign, as Go reads it. */
  private static long parseUint(String text) throws MeshFaultException {
    if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new MeshFaultException(
          CloseCause.FEATURES, "strconv.ParseUint: parsing " + quote(text) + ": invalid syntax");
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw outOfRange(text);
    }
  }

  private static boolean parseBool(String text) throws MeshFaultException {
    return switch (text) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default ->
          throw new MeshFaultException(
              CloseCause.FEATURES,
              "strconv.ParseBool: parsing " + quote(text) + ": invalid syntax");
    };
  }

  private static MeshFaultException outOfRange(String text) {
    return new MeshFaultException(
        CloseCause.FEATURES, "strconv.ParseUint: parsing " + quote(text) + ": value out of range");
  }

  /** A stranger's text in a reason: short and without anything that could disturb a log. */
  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .limit(64)
        .forEach(c -> quoted.append(c >= ' ' && c < 0x7f && c != '"' ? (char) c : '?'));
    return quoted.append('"').toString();
  }
}
