// The conformance cases pass on virtual keys of every kind, and go red on one that breaks a rule.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "harness/app/conformance_bench.h"
#include "harness/app/keyrig_program.h"
#include "harness/conformance/runner.h"
#include "virtual-key/profiles/profile.h"

namespace keyrig::app {
namespace {

using conformance::AllAreas;
using conformance::Area;
using conformance::Bench;
using conformance::Case;
using conformance::Runner;
using CaseVerdict = conformance::Verdict;
using testing::HasSubstr;

ConformanceKey OfProfile(const std::string& name) {
  ConformanceKey key;
  key.memory.config = profiles::Load(name).value().config;
  return key;
}

const Case& CaseNamed(const std::string& id) {
  for (const Area& area : AllAreas()) {
    for (const Case& each : area.cases) {
      if (each.id == id) return each;
    }
  }
  ADD_FAILURE() << "no case " << id;
  return AllAreas().front().cases.front();
}

TEST(ConformanceCasesTest, HaveNamesOfTheirOwn) {
  std::set<std::string> ids;
  for (const Area& area : AllAreas()) {
    for (const Case& each : area.cases) {
      EXPECT_TRUE(ids.insert(each.id).second) << each.id;
      EXPECT_EQ(each.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
                std::string::npos)
          << each.id;
      EXPECT_FALSE(each.clause.empty() || each.shows.empty()) << each.id;
    }
  }
  EXPECT_GE(ids.size(), 300u);
}

class ConformanceTest : public testing::TestWithParam<std::string> {};

TEST_P(ConformanceTest, HoldsForTheProfile) {
  Rng rng(1);
  NullSink nobody;
  const auto bench = MakeConformanceBench(OfProfile(GetParam()), rng, nobody).value();
  Runner runner(*bench, rng);
  int passed = 0;
  for (const Area& area : AllAreas()) {
    for (const Case& each : area.cases) {
      const auto played = runner.Play(each);
      EXPECT_NE(played.verdict, CaseVerdict::kFailed) << played.message;
      if (played.verdict == CaseVerdict::kPassed) ++passed;
    }
  }
  EXPECT_GT(passed, 30);
}

INSTANTIATE_TEST_SUITE_P(Profiles, ConformanceTest,
                         testing::Values("fido23_key", "pin_key", "biometric_key", "fido20_key",
                                         "fido21_preview_key", "always_uv_key", "no_resident_keys",
                                         "u2f_key"),
                         [](const auto& each) { return each.param; });

/// Lets what a key says through but for one thing.
using Alteration = std::function<void(HidReport&)>;

class AlteringPort final : public HidPort {
 public:
  AlteringPort(HidPort& port, const Alteration& alter) : port_(port), alter_(alter) {}
  bool Write(const HidReport& report) override { return port_.Write(report); }
  std::optional<HidReport> Read(std::chrono::milliseconds timeout) override {
    auto report = port_.Read(timeout);
    if (report) alter_(*report);
    return report;
  }

 private:
  HidPort& port_;
  const Alteration& alter_;
};

/// A link keeps the port that it was opened with, so the altered one is another's.
class OwningPort final : public HidPort {
 public:
  OwningPort(std::unique_ptr<device::CtapLink> inner, const Alteration& alter)
      : inner_(std::move(inner)), port_(*inner_->Hid(), alter) {}
  bool Write(const HidReport& report) override { return port_.Write(report); }
  std::optional<HidReport> Read(std::chrono::milliseconds timeout) override {
    return port_.Read(timeout);
  }

 private:
  std::unique_ptr<device::CtapLink> inner_;
  AlteringPort port_;
};

/// A bench whose key breaks a rule.
class BrokenBench final : public Bench {
 public:
  BrokenBench(const std::string& profile, Alteration alter)
      : bench_(MakeConformanceBench(OfProfile(profile), rng_, nobody_).value()),
        alter_(std::move(alter)) {}
  Rng& Chance() { return rng_; }
  Result<std::unique_ptr<device::CtapLink>, Error> Connect() override {
    auto port = std::make_unique<OwningPort>(TRY(bench_->Connect()), alter_);
    return device::OpenHidLink(std::move(port), rng_, nobody_, "client");
  }
  bool IsOwn() const override { return true; }
  bool RenewsAtOnce() const override { return true; }
  Result<void, Error> Renew() override { return bench_->Renew(); }
  bool MayReset() const override { return true; }
  std::optional<std::string> Pin() const override { return std::nullopt; }
  Result<void, Error> SetUser(const GestureScript& script) override {
    return bench_->SetUser(script);
  }
  Result<void, Error> During(Gesture gesture, const std::function<void()>& rest) override {
    return bench_->During(gesture, rest);
  }
  Result<void, Error> PowerCycle() override { return bench_->PowerCycle(); }
  Result<void, Error> Advance(Duration by) override { return bench_->Advance(by); }

 private:
  Rng rng_{1};
  NullSink nobody_;
  std::unique_ptr<Bench> bench_;
  Alteration alter_;
};

std::string RedMessage(const std::string& id, Alteration alter) {
  BrokenBench bench("pin_key", std::move(alter));
  Runner runner(bench, bench.Chance());
  const auto played = runner.Play(CaseNamed(id));
  EXPECT_EQ(played.verdict, CaseVerdict::kFailed) << id << " did not go red";
  EXPECT_THAT(played.message, HasSubstr(CaseNamed(id).clause));
  EXPECT_THAT(played.message, HasSubstr("case " + id));
  return played.message;
}

/// Of a CTAP error, which is one byte: another status.
Alteration Answering(std::uint8_t status, std::uint8_t instead) {
  return [=](HidReport& report) {
    if (report[4] == 0x90 && report[5] == 0 && report[6] == 1 && report[7] == status) {
      report[7] = instead;
    }
  };
}

TEST(BrokenKeyTest, AnotherStatusIsSeen) {
  EXPECT_THAT(RedMessage("mc_without_hash", Answering(0x14, 0x12)),
              HasSubstr("INVALID_CBOR (0x12) instead of MISSING_PARAMETER (0x14)"));
  EXPECT_THAT(RedMessage("mc_excluded", Answering(0x19, 0x27)), HasSubstr("CREDENTIAL_EXCLUDED"));
  EXPECT_THAT(RedMessage("pin2_change_wrong_pin", Answering(0x31, 0x33)), HasSubstr("PIN_INVALID"));
}

TEST(BrokenKeyTest, AnErrorWithABodyIsSeen) {
  const Alteration alter = [](HidReport& report) {
    if (report[4] == 0x90 && report[6] == 1 && report[7] == 0x14) report[6] = 2;
  };
  EXPECT_THAT(RedMessage("ga_without_hash", alter), HasSubstr("an error is its status alone"));
}

TEST(BrokenKeyTest, AMissingTouchIsSeen) {
  // It says that it works although it waits for its user.
  const Alteration alter = [](HidReport& report) {
    if (report[4] == 0xBB) report[7] = 1;
  };
  EXPECT_THAT(RedMessage("mc_asks_for_touch", alter), HasSubstr("did not ask for a touch"));
}

TEST(BrokenKeyTest, AnAlteredSignatureIsSeen) {
  const Alteration alter = [](HidReport& report) {
    // The second packet of an assertion is all credential ID and authenticator data.
    if (report[4] == 0x01) report[10] ^= 1;
  };
  RedMessage("ga_signature", alter);
}

TEST(BrokenKeyTest, AWrongChannelErrorIsSeen) {
  const Alteration alter = [](HidReport& report) {
    if (report[4] == 0xBF) report[7] = 0x01;
  };
  EXPECT_THAT(RedMessage("hid_sequence", alter), HasSubstr("ERR_INVALID_SEQ"));
}

TEST(ConformanceProgramTest, ListsClausesAndCases) {
  const ProgramResult listed = RunKeyrig("conformance --list");
  EXPECT_EQ(listed.status, 0);
  EXPECT_THAT(listed.output, HasSubstr("mc_without_hash"));
  EXPECT_THAT(listed.output, HasSubstr("CTAP 2.3 §6.1.1"));
}

TEST(ConformanceProgramTest, SummarizesByArea) {
  const ProgramResult played =
      RunKeyrig("conformance get_info --report " + testing::TempDir() + "/conformance");
  EXPECT_EQ(played.status, 0) << played.output;
  EXPECT_THAT(played.output, HasSubstr("getInfo"));
}

TEST(ConformanceProgramTest, NamesAFilterThatFitsNothing) {
  const ProgramResult refused = RunKeyrig("conformance no_such_case");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.output, HasSubstr("--list"));
}

TEST(InspectProgramTest, SaysWhetherEntraTakesTheKey) {
  const ProgramResult good = RunKeyrig("inspect memory:");
  EXPECT_EQ(good.status, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("The key meets all of them."));
  const ProgramResult bad = RunKeyrig("inspect memory: --profile no_hmac_secret");
  EXPECT_EQ(bad.status, 1) << bad.output;
  EXPECT_THAT(bad.output, HasSubstr("getInfo does not list hmac-secret"));
}

TEST(InspectProgramTest, SaysItInJson) {
  const ProgramResult said = RunKeyrig("inspect memory: --profile no_resident_keys --json");
  EXPECT_EQ(said.status, 1) << said.output;
  EXPECT_THAT(said.output, HasSubstr("\"meets_all\": false"));
}

}  // namespace
}  // namespace keyrig::app
