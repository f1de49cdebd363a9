package io.weft.linux;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libsodium this module calls, where the host has that library. It is optional:
 * {@link #isAvailable} and {@link #description} say what was found when this class loaded. Any
 * thread.
 *
 * <p>Pointers travel as in {@link LibC}.
 */
public final class Sodium {
  /** Names of the library up to release 1.0.18, and of later ones. */
  private static final String[] SONAMES = {"libsodium.so.23", "libsodium.so.26"};

  private static final @Nullable Functions FUNCTIONS = loadAny();

  private Sodium() {}

  /** Whether {@link SodiumSecretBox} can be used. */
  public static boolean isAvailable() {
    return FUNCTIONS != null;
  }

  /** The library's name and version, or that there is none. */
  public static String description() {
    Functions functions = FUNCTIONS;
    return functions == null
        ? "no libsodium on this host"
        : "libsodium " + functions.sodium_version_string();
  }

  /** The bound functions, when there are any. */
  static Functions functions() {
    Functions functions = FUNCTIONS;
    if (functions == null) {
      throw new IllegalStateException(description());
    }
    return functions;
  }

  private static @Nullable Functions loadAny() {
    for (String soname : SONAMES) {
      try {
        return load(soname);
      } catch (UnsatisfiedLinkError e) {
        // Another host may have it under the next name.
      }
    }
    return null;
  }

  /** Binds every function and calls it once: a missing symbol shows only then. */
  private static Functions load(String soname) {
    Functions functions = LibraryLoader.create(Functions.class).failImmediately().load(soname);
    // Chooses the fastest code for this processor, too.
    if (functions.sodium_init() < 0) {
      throw new UnsatisfiedLinkError(soname + " does not initialise");
    }
    ByteBuffer memory = LibC.allocate(256);
    LibC.withAddress(
        memory,
        at ->
            functions.crypto_core_hsalsa20(at, at + 32, at + 64, 0)
                + functions.crypto_secretbox_easy(at, at + 16, 8, at + 64, at + 128)
                + functions.crypto_stream_salsa20_xor(at, at, 8, at + 64, at + 128)
                + functions.crypto_onetimeauth_poly1305(at, at + 32, 8, at + 64)
                + functions.crypto_onetimeauth_poly1305_verify(at, at + 32, 8, at + 64));
    return functions;
  }

  /**
   * C functions by their own names. Public only because the generated binding lives in another
   * class loader. None has more than five parameters, for the reason that {@link LibC.Functions}
   * gives.
   */
  @SuppressWarnings("MemberName") // The binding finds a function by its C name.
  public interface Functions {
    int sodium_init();

    String sodium_version_string();

    int crypto_core_hsalsa20(long output, long input, long key, long constants);

    int crypto_secretbox_easy(long sealed, long plain, long plainBytes, long nonce, long key);

    int crypto_stream_salsa20_xor(long output, long input, long bytes, long nonce, long key);

    int crypto_onetimeauth_poly1305(long tag, long input, long bytes, long key);

    int crypto_onetimeauth_poly1305_verify(long tag, long input, long bytes, long key);
  }
}
