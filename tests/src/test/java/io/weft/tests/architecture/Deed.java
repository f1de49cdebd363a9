package io.weft.tests.architecture;

import java.lang.classfile.CodeElement;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an instruction does that code for every frame must not do. */
enum Deed {
  /** Takes a lock or waits for somebody. */
  LOCKS,
  /** Writes to a log or to a standard stream. */
  LOGS,
  /** Makes a text. */
  FORMATS,
  /** Makes any other object, but an exception. */
  ALLOCATES;

  private static final Set<String> WAITS = Set.of("wait", "notify", "notifyAll", "sleep", "join");

  private static final Set<String> BOXES =
      Set.of(
          "java/lang/Boolean",
          "java/lang/Byte",
          "java/lang/Character",
          "java/lang/Short",
          "java/lang/Integer",
          "java/lang/Long",
          "java/lang/Float",
          "java/lang/Double");

  /** Of numbers. */
  private static final Set<String> TEXTS =
      Set.of("toString", "toUnsignedString", "toHexString", "toOctalString", "toBinaryString");

  private static final Set<String> NEW_BUFFERS =
      Set.of("allocate", "allocateDirect", "wrap", "duplicate", "slice", "asReadOnlyBuffer");

  /** Of {@code java.util}, where nearly everything makes objects. */
  private static final Set<String> IN_PLACE =
      Set.of(
          "java/util/Arrays.fill",
          "java/util/Arrays.binarySearch",
          "java/util/Objects.checkIndex",
          "java/util/Objects.checkFromIndexSize",
          "java/util/Objects.requireNonNull");

  /** What an instruction does of these, or null. */
  static @Nullable Deed of(CodeElement element) {
    return switch (element) {
      case MonitorInstruction lock -> LOCKS;
      case NewObjectInstruction made ->
          isFault(made.className().asInternalName()) ? null : ALLOCATES;
      case NewPrimitiveArrayInstruction made -> ALLOCATES;
      case NewReferenceArrayInstruction made -> ALLOCATES;
      case NewMultiArrayInstruction made -> ALLOCATES;
      case FieldInstruction field ->
          field.owner().asInternalName().equals("java/lang/System") ? LOGS : null;
      case InvokeDynamicInstruction call -> ofDynamic(call);
      case InvokeInstruction call ->
          ofCall(call.owner().asInternalName(), call.name().stringValue());
      default -> null;
    };
  }

  private static @Nullable Deed ofDynamic(InvokeDynamicInstruction call) {
    if (ReachableCode.makesLambda(call)) {
      // One that keeps nothing of where it is made is made once.
      return call.typeSymbol().parameterCount() > 0 ? ALLOCATES : null;
    }
    return switch (call.bootstrapMethod().owner().displayName()) {
      case "SwitchBootstraps" -> null;
      default -> FORMATS;
    };
  }

  private static @Nullable Deed ofCall(String owner, String name) {
    if (name.equals("printStackTrace")
        || owner.startsWith("java/lang/System$Logger")
        || owner.startsWith("java/util/logging/")
        || owner.equals("java/io/PrintStream")) {
      return LOGS;
    }
    if (owner.startsWith("java/util/concurrent/atomic/")) {
      return null;
    }
    if (owner.startsWith("java/util/concurrent/")
        || (owner.startsWith("java/lang/") && WAITS.contains(name))) {
      return LOCKS;
    }
    if (owner.equals("java/lang/String") || owner.startsWith("java/lang/StringBu")) {
      return name.equals("length") || name.equals("charAt") ? null : FORMATS;
    }
    if (BOXES.contains(owner) && TEXTS.contains(name)) {
      return FORMATS;
    }
    boolean makes =
        (BOXES.contains(owner) && name.equals("valueOf"))
            || (owner.startsWith("java/nio/") && NEW_BUFFERS.contains(name))
            || (owner.startsWith("java/util/")
                && !owner.startsWith("java/util/function/")
                && !IN_PLACE.contains(owner + "." + name))
            || owner.startsWith("java/time/")
            || name.equals("clone");
    return makes ? ALLOCATES : null;
  }

  private static boolean isFault(String type) {
    return type.endsWith("Exception") || type.endsWith("Error");
  }
}
