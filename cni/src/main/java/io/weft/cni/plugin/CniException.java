package io.weft.cni.plugin;

import java.io.IOException;

/** A call that cannot be carried out, as the runtime is told (CNI specification, section 5). */
public final class CniException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The configuration's version is none of ours. */
  public static final int INCOMPATIBLE_VERSION = 1;

  /** A field of the configuration asks for what we do not do. */
  public static final int UNSUPPORTED_FIELD = 2;

  /** The container does not exist; there is nothing to clean up. */
  public static final int UNKNOWN_CONTAINER = 3;

  /** A variable is missing or wrong. */
  public static final int BAD_ENVIRONMENT = 4;

  /** Something could not be read, written or changed. */
  public static final int IO_FAILURE = 5;

  /** The configuration is no JSON, or a field has the wrong type. */
  public static final int DECODING_FAILURE = 6;

  /** A field of the configuration is missing or wrong. */
  public static final int INVALID_CONFIGURATION = 7;

  /** The same call may succeed later. */
  public static final int TRY_AGAIN_LATER = 11;

  /** STATUS: no container can be attached now. */
  public static final int UNAVAILABLE = 50;

  /** STATUS: no container can be attached, and those that are may not reach everything. */
  public static final int LIMITED = 51;

  /** Ours: the container has an interface of that name already. */
  public static final int INTERFACE_EXISTS = 100;

  /** Ours: the address allocator refuses. */
  public static final int ADDRESS_REFUSED = 101;

  /** Ours: CHECK found something that is not as ADD left it. */
  public static final int CHECK_FAILED = 102;

  /** Ours: the delegated plugin failed in a way that has no code. */
  public static final int DELEGATE_FAILED = 103;

  /** Ours: a fault in the router. */
  public static final int INTERNAL = 199;

  private final int code;
  private final String details;

  /**
   * An error.
   *
   * @param message the cause
   * @param details what to do about it
   */
  public CniException(int code, String message, String details) {
    super(message);
    this.code = code;
    this.details = details;
  }

  /** The same with the failure behind it, for the log. */
  public CniException(int code, String message, String details, Throwable cause) {
    this(code, message, details);
    initCause(cause);
  }

  /** The error code. */
  public int code() {
    return code;
  }

  /** What to do about it. */
  public String details() {
    return details;
  }
}
