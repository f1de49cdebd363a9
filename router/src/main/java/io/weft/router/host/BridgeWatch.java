package io.weft.router.host;

import io.weft.linux.Link;
import io.weft.linux.Netlink;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Optional;

/**
 * Says in the log when somebody switches the bridge off, or lets its port to the router send frames
 * back, which makes them go in circles (features.md 1.9). For one thread.
 */
public final class BridgeWatch {
  private static final System.Logger LOGGER = System.getLogger(BridgeWatch.class.getName());

  private final String bridge;
  private boolean wasDown;
  private boolean wasHairpin;

  /** A watch over a bridge that is up and, as {@link Bridge} has looked, without hairpin. */
  public BridgeWatch(String bridge) {
    this.bridge = bridge;
  }

  /** Looks, and logs what has changed for the worse. */
  public void look() {
    try (Netlink netlink = Netlink.open()) {
      Optional<Link> link = netlink.links().find(bridge);
      boolean isDown = link.filter(Link::isUp).isEmpty();
      if (isDown && !wasDown) {
        LOGGER.log(
            Level.ERROR,
            "the bridge \"{0}\" is {1}: containers are cut off",
            bridge,
            link.isEmpty() ? "gone" : "down");
      }
      wasDown = isDown;
      boolean isHairpin =
          netlink.links().find(Bridge.BRIDGE_PORT).filter(Link::hairpin).isPresent();
      if (isHairpin && !wasHairpin) {
        LOGGER.log(Level.ERROR, "Hairpin mode enabled on \"{0}\"", Bridge.BRIDGE_PORT);
      }
      wasHairpin = isHairpin;
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "cannot look at the bridge: {0}", e.getMessage());
    }
  }
}
