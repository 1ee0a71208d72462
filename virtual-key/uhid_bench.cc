// How long a client waits for an assertion over uhid, beside what the kernel alone takes: a device
// that answers as many packets with as many, and does nothing. Both are timed in alternation, so
// that a busy machine slows them alike; `of_echo` is the key's median over the echo's. Where there
// is no /dev/uhid: ci/guest -- build/release/bin/bench/uhid_bench
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "harness/base/cbor.h"
#include "virtual-key/hid_client.h"
#include "virtual-key/hidraw_test_port.h"
#include "virtual-key/transport/uhid_device.h"
#include "virtual-key/uhid_key.h"

namespace keyrig::virtual_key {
namespace {

using ctaphid::Command;
using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::chrono::seconds kPatience(10);
constexpr int kTransactions = 2000;  // enough for a 99th percentile

void Demand(bool holds) {
  if (!holds) std::abort();
}

/// Answers every `incoming` packets with the same `outgoing` ones, at once.
class BareEcho {
 public:
  BareEcho(std::size_t incoming, std::vector<HidReport> outgoing)
      : incoming_(incoming), outgoing_(std::move(outgoing)) {
    transport::UsbIdentity identity;
    identity.product_name = "keyrig bare echo";
    identity.serial = "keyrig-bench-" + Rng().Stream("uniq").TakeGuid();
    auto device = transport::UhidDevice::Create(identity, [this](const HidReport&) { Count(); });
    Demand(device.has_value());
    device_ = *std::move(device);
    made_ = device_.get();
  }

  std::string Node() const { return device_->Node(); }

 private:
  void Count() {
    if (++seen_ % incoming_ == 0) made_.load()->Send(outgoing_);
  }

  const std::size_t incoming_;
  const std::vector<HidReport> outgoing_;
  std::size_t seen_ = 0;  // of the draining thread
  std::atomic<transport::UhidDevice*> made_ = nullptr;
  std::unique_ptr<transport::UhidDevice> device_;
};

/// A key on uhid whose user touches at once, with one credential, and its client.
class Desk {
 public:
  Desk() {
    VirtualKeyOptions options;
    options.gesture = GestureScript::Parse("touch").value();
    auto key = UhidKey::Create(std::move(options), {}, clock_, rng_, events_);
    Demand(key.has_value());
    key_ = *std::move(key);
    client_.emplace(std::make_unique<HidrawTestPort>(key_->Node()));
    channel_ = client_->OpenChannel(kPatience);
    Demand(channel_ != 0);
  }

  bool IsRealtime() const { return key_->IsRealtime(); }

  std::vector<HidReport> SignIn() {
    const cbor::Map registration = {
        {0x01, Bytes(32)},
        {0x02, cbor::Map{{"id", "login.microsoft.com"}}},
        {0x03, cbor::Map{{"id", Bytes(32)}, {"name", "adele"}}},
        {0x04, cbor::Array{cbor::Map{{"alg", -7}, {"type", "public-key"}}}}};
    const auto made = Exchange(ctaphid::Split(
        channel_, Command::kCbor, Concat({ByteArray<1>{0x01}, cbor::Encode(registration)})));
    const auto map = cbor::Decode(ByteView(made.payload).subspan(1)).value();
    const ByteView auth_data = *map.Find(0x02)->AsBytes();
    const Bytes id = ToBytes(auth_data.subspan(55, ReadBigEndian16(auth_data.subspan<53, 2>())));
    const cbor::Map sign_in = {{0x01, "login.microsoft.com"},
                               {0x02, Bytes(32)},
                               {0x03, cbor::Array{cbor::Map{{"id", id}, {"type", "public-key"}}}}};
    return ctaphid::Split(channel_, Command::kCbor,
                          Concat({ByteArray<1>{0x02}, cbor::Encode(sign_in)}));
  }

  /// The answer to a request that the key grants.
  ctaphid::Message Exchange(const std::vector<HidReport>& request) {
    for (const HidReport& packet : request) Demand(client_->Port().Write(packet));
    auto answer = client_->ReceiveAnswer(kPatience, &keepalives_);
    Demand(answer && answer->command == Command::kCbor && answer->payload.front() == 0);
    return *std::move(answer);
  }

  int Keepalives() const { return keepalives_; }

 private:
  RealClock clock_;
  Rng rng_;
  NullSink events_;
  std::unique_ptr<UhidKey> key_;
  std::optional<HidClient> client_;
  ctaphid::ChannelId channel_ = 0;
  int keepalives_ = 0;
};

/// The time within which `share` of them were over.
double Percentile(std::vector<Milliseconds>& times, double share) {
  const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(times.size() - 1));
  std::ranges::nth_element(times, times.begin() + place);
  return times[static_cast<std::size_t>(place)].count();
}

void AssertionOverUhid(benchmark::State& state) {
  if (::access("/dev/uhid", W_OK) != 0) {
    state.SkipWithError("no /dev/uhid here; ci/guest -- COMMAND runs it where one is");
    return;
  }
  Desk desk;
  const std::vector<HidReport> request = desk.SignIn();
  const std::size_t answered =
      ctaphid::Split(1, Command::kCbor, desk.Exchange(request).payload).size();
  const BareEcho echo(request.size(), std::vector<HidReport>(answered));
  HidrawTestPort bare(echo.Node());
  const int keepalives_before = desk.Keepalives();

  std::vector<Milliseconds> of_key, of_echo;
  for (auto _ : state) {
    const auto start = SteadyClock::now();
    desk.Exchange(request);
    const auto middle = SteadyClock::now();
    for (const HidReport& packet : request) Demand(bare.Write(packet));
    for (std::size_t i = 0; i < answered; ++i) Demand(bare.Read(kPatience).has_value());
    const auto end = SteadyClock::now();
    of_key.emplace_back(middle - start);
    of_echo.emplace_back(end - middle);
    state.SetIterationTime(std::chrono::duration<double>(middle - start).count());
  }
  const double key_p50 = Percentile(of_key, 0.5), echo_p50 = Percentile(of_echo, 0.5);
  state.counters["p50_ms"] = key_p50;
  state.counters["p99_ms"] = Percentile(of_key, 0.99);
  state.counters["echo_p50_ms"] = echo_p50;
  state.counters["echo_p99_ms"] = Percentile(of_echo, 0.99);
  state.counters["of_echo"] = key_p50 / echo_p50;
  state.counters["packets_out"] = static_cast<double>(request.size());
  state.counters["packets_in"] = static_cast<double>(answered);
  state.counters["keepalives"] =
      static_cast<double>(desk.Keepalives() - keepalives_before) / kTransactions;
  state.SetLabel(desk.IsRealtime() ? "real-time priority" : "no real-time priority");
}

BENCHMARK(AssertionOverUhid)->Iterations(kTransactions)->UseManualTime();

}  // namespace
}  // namespace keyrig::virtual_key
