/**
 * Keys and sealing shared by the TCP channel and the sleeve (mesh.md 2); the primitives are Bouncy
 * Castle's.
 */
@NullMarked
package io.weft.gossip.crypto;

import org.jspecify.annotations.NullMarked;
