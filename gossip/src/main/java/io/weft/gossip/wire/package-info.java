/** The mesh protocol on TCP: messages, handshake, framing and sealing. */
@NullMarked
package io.weft.gossip.wire;

import org.jspecify.annotations.NullMarked;
