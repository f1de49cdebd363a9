package io.weft.gossip.netty;

/** Why an accepted TCP connection was closed before it could shake hands. */
public enum Refusal {
  /** Its address opens connections too fast. */
  RATE,

  /** Its address has too many connections that have not completed their handshake. */
  ADDRESS_HANDSHAKES,

  /** Its address has too many connections. */
  ADDRESS_LINKS,

  /** It was the oldest of too many that have not completed their handshake. */
  HANDSHAKES
}
