/**
 * The Linux kernel as Java sees it: rtnetlink, network namespaces, packet and UDP sockets.
 *
 * <p>The only module that touches JNR-FFI, and it uses no other module of Weft. Nothing here runs a
 * program: every request is a system call. A class is either safe for use by one thread at a time
 * or says otherwise.
 */
@NullMarked
package io.weft.linux;

import org.jspecify.annotations.NullMarked;
