# Everything a person needs to type. Each target first installs what it misses (dev/deps) and finds
# a JDK 25 (dev/jdk); the build itself is Maven's.

WEFT    := weave-cli/target/weft
WEAVE   := $(WEFT)/bin/weave
SOURCES := $(shell find . -name target -prune -o \( -path '*/src/main/*' -o -name pom.xml \) -type f -print)

.DEFAULT_GOAL := help
.PHONY: help build demo test test-esp fuzz sim bench bench-mesh bench-overlay bench-failover bench-cni \
        bench-clients cni-storm maximal soak bpf fmt clean deps deps-bench deps-bpf deps-guest

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: deps $(WEFT)/.built ## Build the distribution in weave-cli/target/weft, without tests

demo: deps $(WEFT)/.built ## Three hosts, six containers, real traffic (root; KEEP=1 leaves it running)
	@$(WEAVE) demo $(if $(KEEP),--keep)

test: deps ## Everything that must hold: formatting, static analysis, unit and acceptance tests
	@dev/mvn verify

test-esp: deps-guest $(WEFT)/.built ## Encryption by the kernel, on Debian's cloud kernel under QEMU, emulated (root; a quarter of an hour or more)
	@dev/guest io.weft.tests.acceptance.GuestTests EspTest

SEEDS      := 100
FIRST_SEED := 1
SIZES      := 3,10

sim: deps ## Simulated meshes with seeds, in virtual time (SEEDS=N FIRST_SEED=N SIZES=3,10)
	@dev/simulation Campaign $(FIRST_SEED) $(SEEDS) $(SIZES)

bench: deps $(WEFT)/.built ## Overlay against plain veth, allocation by HTTP, the mesh (root); never fails on numbers
	@$(WEAVE) demo --bench
	@$(MAKE) --no-print-directory bench-mesh

PEERS    := 10,50,100,300,1000
BENCH_SECONDS := 2400

bench-mesh: deps ## The mesh against the number of peers, simulated (the better part of an hour; PEERS=10,50 BENCH_SECONDS=300 each)
	@SIMULATION_HEAP=$${SIMULATION_HEAP:-10g} dev/simulation ScalingBenchmark $(BENCH_SECONDS) $(PEERS)

ROUNDS  := 5
SECONDS := 3
PATHS   := all

bench-overlay: deps-bench $(WEFT)/.built ## Data paths, other overlays and the kernel, in turn (root; PATHS=a,b ROUNDS=5 SECONDS=3)
	@dev/testmain io.weft.tests.overlaybench.OverlayBenchmark $(ROUNDS) $(SECONDS) $(PATHS)

CYCLES := 10

bench-failover: deps $(WEFT)/.built ## How long until traffic goes on where VXLAN is filtered, and until fastdp is back (root; CYCLES=10)
	@dev/testmain io.weft.tests.overlaybench.FailoverBenchmark $(CYCLES)

STORM := 1000 100 200

cni-storm: deps $(WEFT)/.built ## Attachments in turn, at once and killed half-way (root; STORM="1000 100 200 SEED")
	@dev/testmain io.weft.tests.acceptance.CniStorm $(STORM)

CALLS := 200

bench-cni: deps $(WEFT)/.built ## Pods attached by weave-net and by bridge+host-local, in turn (root; CALLS=200 of each)
	@dev/testmain io.weft.tests.cnibench.CniBenchmark $(CALLS)

bench-clients: deps $(WEFT)/.built ## The plugins' program in C and in Java with an AOT cache, in turn (root; CALLS=200)
	@dev/testmain io.weft.tests.cnibench.ClientBenchmark $(CALLS)

NEIGHBOURS := 200

maximal: deps ## A router under NEIGHBOURS=200 that send maximal messages: memory, time of /status (root)
	@dev/mvn -q -pl tests -am verify -Dtest=NoUnitTest -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dit.test=MaximalPeersTest -Dfailsafe.failIfNoSpecifiedTests=false \
	  -Dweft.maximal.peers=$(NEIGHBOURS)

MINUTES := 10

soak: deps-bench $(WEFT)/.built ## Encrypted traffic for MINUTES=10 a path; fails on a leak or a stall (root; PATHS=a,b)
	@dev/testmain io.weft.tests.overlaybench.Soak $(MINUTES) $(PATHS)

TIME ?= 60
fuzz: deps ## Fuzz every parser of what comes from outside (TIME=60 seconds each)
	@dev/fuzz $(TIME) $(TARGETS)

bpf: deps-bpf ## Compile the eBPF programs; the object is checked in, so only after a change
	@dev/bpf

fmt: ## Format all sources
	@dev/mvn spotless:apply

clean: ## Remove everything that was built
	@dev/mvn -q clean

deps:
	@dev/deps

deps-guest:
	@dev/deps guest

deps-bench:
	@dev/deps bench

deps-bpf:
	@dev/deps bpf

$(WEFT)/.built: $(SOURCES)
	@echo "Building Weft (log: target/build.log)"
	@mkdir -p target
	@dev/mvn -DskipTests -pl weave-cli -am package > target/build.log 2>&1 || { cat target/build.log; exit 1; }
	@dev/archive $(CURDIR)/$(WEFT) || echo "Not all class data archives could be made; Weft works without."
	@touch $@
