package io.weft.gossip.wire;

/** Why a connection was closed, for counters; the reason for people is a text. */
public enum CloseCause {
  /** The other end or the network ended it. */
  ENDED,

  /** Nothing came in time. */
  TIMEOUT,

  /** The other end does not speak this protocol, or no version that we accept. */
  HEADER,

  /** Only one end has a password, or the keys are unusable. */
  ENCRYPTION,

  /** A sealed message did not open, most likely since the passwords differ. */
  DECRYPTION,

  /** The feature map is malformed or incomplete. */
  FEATURES,

  /** A message is too large in either direction. */
  OVERSIZE,

  /** A message is malformed. */
  MESSAGE,

  /** This end closed it on purpose. */
  LOCAL
}
