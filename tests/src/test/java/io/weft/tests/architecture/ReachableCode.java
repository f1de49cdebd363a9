package io.weft.tests.architecture;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What some methods may call, found in class files: a call of an interface or of a method that is
 * overridden may reach each implementation, lambdas included. A call of one of the JDK's suppliers
 * may reach those lambdas that are made in the caller's package; who made the others, which are
 * everywhere, cannot be told. Constructors are not entered, since what makes an object is seen
 * itself, and nor is what other libraries call, such as a {@link Runnable}.
 */
final class ReachableCode {
  private static final String LAMBDAS = "Ljava/lang/invoke/LambdaMetafactory;";
  private static final String CONSTRUCTOR = "<init>";

  /** Of the JDK: {@code Supplier}, {@code LongSupplier} and the like. */
  private static final String SUPPLIERS = "java/util/function/[A-Za-z]*Supplier";

  /**
   * A method of a class.
   *
   * @param owner internal name of the class
   * @param type descriptor
   */
  record Method(String owner, String name, String type) {
    /** Class without its package, and name, such as {@code VnetQueue.read}. */
    @Override
    public String toString() {
      return owner.substring(owner.lastIndexOf('/') + 1) + "." + name;
    }
  }

  private final Map<String, ClassModel> classes = new HashMap<>();
  private final Map<String, Set<String>> subtypes = new HashMap<>();
  private final Map<String, List<Method>> lambdas = new HashMap<>();

  /**
   * Code of these classes alone.
   *
   * @param classFiles their bytes
   */
  ReachableCode(Collection<byte[]> classFiles) {
    for (byte[] bytes : classFiles) {
      ClassModel model = ClassFile.of().parse(bytes);
      classes.put(model.thisClass().asInternalName(), model);
    }
    for (ClassModel model : classes.values()) {
      supertypes(model)
          .forEach(supertype ->
              subtypes
                  .computeIfAbsent(supertype, name -> new TreeSet<>())
                  .add(model.thisClass().asInternalName()));
      model.methods().forEach(this::findLambdas);
    }
  }

  /** Every method of this class and name, such as {@code VnetQueue.read}. */
  List<Method> named(String label) {
    return classes.values().stream()
        .flatMap(model -> model.methods().stream().map(method -> methodOf(model, method)))
        .filter(method -> method.toString().equals(label))
        .toList();
  }

  /**
   * Everything reachable, each method with the one that it was found in first, null for a root.
   *
   * @param roots where it begins
   * @param enters whether a method that is called is looked into
   */
  Map<Method, @Nullable Method> from(Collection<Method> roots, Predicate<Method> enters) {
    Map<Method, @Nullable Method> callers = new LinkedHashMap<>();
    Deque<Method> open = new ArrayDeque<>(roots);
    roots.forEach(root -> callers.put(root, null));
    while (!open.isEmpty()) {
      Method method = open.remove();
      if (!enters.test(method)) {
        continue;
      }
      for (CodeElement element : code(method)) {
        for (Method called : called(method, element)) {
          if (!called.name().equals(CONSTRUCTOR) && !callers.containsKey(called)) {
            callers.put(called, method);
            open.add(called);
          }
        }
      }
    }
    return callers;
  }

  /** The instructions of a method; none of one without a body. */
  List<CodeElement> code(Method method) {
    List<CodeElement> code = new ArrayList<>();
    model(method).forEach(model -> addCode(model, code));
    return code;
  }

  /** Whether a method is declared to lock its object. */
  boolean isSynchronized(Method method) {
    return model(method).anyMatch(model -> model.flags().has(AccessFlag.SYNCHRONIZED));
  }

  private Stream<MethodModel> model(Method method) {
    ClassModel owner = classes.get(method.owner());
    return owner == null
        ? Stream.empty()
        : owner.methods().stream().filter(model -> methodOf(owner, model).equals(method));
  }

  private List<Method> called(Method caller, CodeElement element) {
    if (!(element instanceof InvokeInstruction call)) {
      return List.of();
    }
    String owner = call.owner().asInternalName();
    if (!classes.containsKey(owner)) {
      return owner.matches(SUPPLIERS) ? madeBeside(caller, owner) : List.of();
    }
    Method named = new Method(owner, call.name().stringValue(), call.type().stringValue());
    List<Method> targets = new ArrayList<>();
    addInherited(owner, named, targets);
    if (call.opcode() == Opcode.INVOKEVIRTUAL || call.opcode() == Opcode.INVOKEINTERFACE) {
      boolean isAbstract = targets.stream().anyMatch(this::isAbstract);
      addOverriding(owner, named, targets);
      if (isAbstract) {
        addLambdas(owner, targets);
      }
    }
    return targets;
  }

  private List<Method> madeBeside(Method caller, String type) {
    return lambdas.getOrDefault(type, List.of()).stream()
        .filter(lambda -> packageOf(lambda).equals(packageOf(caller)))
        .toList();
  }

  private static String packageOf(Method method) {
    return method.owner().substring(0, method.owner().lastIndexOf('/'));
  }

  private void addInherited(String type, Method named, List<Method> targets) {
    int before = targets.size();
    addIfDeclared(type, named, targets);
    ClassModel model = classes.get(type);
    if (targets.size() == before && model != null) {
      supertypes(model).forEach(supertype -> addInherited(supertype, named, targets));
    }
  }

  private void addOverriding(String owner, Method named, List<Method> targets) {
    for (String subtype : subtypes.getOrDefault(owner, Set.of())) {
      addIfDeclared(subtype, named, targets);
      addOverriding(subtype, named, targets);
    }
  }

  private void addLambdas(String type, List<Method> targets) {
    targets.addAll(lambdas.getOrDefault(type, List.of()));
    subtypes.getOrDefault(type, Set.of()).forEach(subtype -> addLambdas(subtype, targets));
  }

  private void addIfDeclared(String type, Method named, List<Method> targets) {
    Method here = new Method(type, named.name(), named.type());
    if (model(here).findAny().isPresent()) {
      targets.add(here);
    }
  }

  private boolean isAbstract(Method method) {
    return model(method).anyMatch(model -> model.flags().has(AccessFlag.ABSTRACT));
  }

  private void findLambdas(MethodModel method) {
    List<CodeElement> code = new ArrayList<>();
    addCode(method, code);
    for (CodeElement element : code) {
      if (element instanceof InvokeDynamicInstruction call && makesLambda(call)) {
        String made = internalName(call.typeSymbol().returnType().descriptorString());
        DirectMethodHandleDesc body = (DirectMethodHandleDesc) call.bootstrapArgs().get(1);
        String owner = internalName(body.owner().descriptorString());
        lambdas
            .computeIfAbsent(made, name -> new ArrayList<>())
            .add(new Method(owner, body.methodName(), body.lookupDescriptor()));
      }
    }
  }

  private static void addCode(MethodModel method, List<CodeElement> code) {
    method.code().ifPresent(model -> model.forEach(code::add));
  }

  /** Whether an instruction makes a lambda or a method reference. */
  static boolean makesLambda(InvokeDynamicInstruction call) {
    return call.bootstrapMethod().owner().descriptorString().equals(LAMBDAS);
  }

  private static Stream<String> supertypes(ClassModel model) {
    return Stream.concat(model.superclass().stream(), model.interfaces().stream())
        .map(supertype -> supertype.asInternalName());
  }

  private static Method methodOf(ClassModel owner, MethodModel method) {
    return new Method(
        owner.thisClass().asInternalName(),
        method.methodName().stringValue(),
        method.methodType().stringValue());
  }

  private static String internalName(String descriptor) {
    return descriptor.substring(1, descriptor.length() - 1);
  }
}
