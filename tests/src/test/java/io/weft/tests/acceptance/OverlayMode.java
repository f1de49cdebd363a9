package io.weft.tests.acceptance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** How two routers carry frames: the one overlay they offer, and with a password or without. */
record OverlayMode(String overlay, boolean encrypted) {
  private static final Pattern MTU = Pattern.compile("mtu=(\\d+)");

  /** Outer headers, and those of a datagram with one frame (overlay.md B.7). */
  private static final int PLAIN_OVERHEAD = 62;

  private static final int ENCRYPTED_OVERHEAD = 86;

  /** Every mode that this build has. */
  static Stream<OverlayMode> all() throws IOException {
    List<OverlayMode> modes = new ArrayList<>();
    modes.add(new OverlayMode("sleeve", false));
    modes.add(new OverlayMode("sleeve", true));
    modes.add(new OverlayMode("sleeve2", false));
    modes.add(new OverlayMode("sleeve2", true));
    return modes.stream();
  }

  /** Those of one overlay. */
  static Stream<OverlayMode> of(String overlay) throws IOException {
    return all().filter(mode -> mode.overlay.equals(overlay));
  }

  /** Those with a password. */
  static Stream<OverlayMode> sealed() throws IOException {
    return all().filter(OverlayMode::encrypted);
  }

  /** Starts a router in this mode. */
  void launch(Host host, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("--overlays=" + overlay, "--no-discovery"));
    all.addAll(List.of(arguments));
    host.launch(
        encrypted ? Map.of("WEAVE_PASSWORD", "correct horse") : Map.of(),
        all.toArray(String[]::new));
  }

  /** Whether a status line of a connection shows this mode. */
  boolean isShownIn(String connections) {
    return connections.contains(" " + overlay + " ")
        && connections.contains(" encrypted ") == encrypted;
  }

  /** The overlay's MTU on a path of these bytes; sleeve's by specification, others within sight. */
  boolean fits(int overlayMtu, int pathMtu) {
    int overhead = pathMtu - overlayMtu;
    if (overlay.equals("sleeve")) {
      return overhead == (encrypted ? ENCRYPTED_OVERHEAD : PLAIN_OVERHEAD);
    }
    return overhead >= PLAIN_OVERHEAD - 14 && overhead <= ENCRYPTED_OVERHEAD + 14;
  }

  /** The MTU that the status of connections shows; -1 without one. */
  static int shownMtu(String connections) {
    Matcher mtu = MTU.matcher(connections);
    return mtu.find() ? Integer.parseInt(mtu.group(1)) : -1;
  }
}
