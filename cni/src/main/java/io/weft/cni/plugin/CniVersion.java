package io.weft.cni.plugin;

import java.util.Arrays;
import java.util.List;

/** The versions of the CNI specification that we speak, oldest first. */
enum CniVersion {
  V0_1_0("0.1.0"),
  V0_2_0("0.2.0"),
  V0_3_0("0.3.0"),
  V0_3_1("0.3.1"),
  V0_4_0("0.4.0"),
  V1_0_0("1.0.0"),
  V1_1_0("1.1.0");

  private final String text;

  CniVersion(String text) {
    this.text = text;
  }

  /**
   * The version with this name.
   *
   * @throws CniException code 1 if it is none of ours
   */
  static CniVersion of(String text) throws CniException {
    for (CniVersion version : values()) {
      if (version.text.equals(text)) {
        return version;
      }
    }
    throw new CniException(
        CniException.INCOMPATIBLE_VERSION,
        "incompatible CNI versions: the configuration has \"%s\", supported are %s"
            .formatted(text, texts()),
        "set cniVersion in the network configuration to one of the supported versions");
  }

  static List<String> texts() {
    return Arrays.stream(values()).map(CniVersion::toString).toList();
  }

  /** Whether a result has {@code ip4} and {@code ip6} instead of lists. */
  boolean hasIp4() {
    return compareTo(V0_3_0) < 0;
  }

  /** Whether each address of a result tells its family. */
  boolean tellsFamily() {
    return compareTo(V1_0_0) < 0;
  }

  /** Whether CHECK exists. */
  boolean hasCheck() {
    return compareTo(V0_4_0) >= 0;
  }

  /** Whether STATUS and GC exist, and interfaces of a result have an MTU. */
  boolean hasStatus() {
    return compareTo(V1_1_0) >= 0;
  }

  @Override
  public String toString() {
    return text;
  }
}
