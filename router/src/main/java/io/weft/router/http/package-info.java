/**
 * The control and status addresses (ipam.md 8): a small HTTP server on one Netty thread, a table of
 * routes, and what each route does.
 *
 * <p>Everything that touches the router's state runs on the conductor; a request that waits there
 * holds no thread, and a client that goes away ends its request.
 */
@NullMarked
package io.weft.router.http;

import org.jspecify.annotations.NullMarked;
