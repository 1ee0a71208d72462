// A key in a process of its own is killed at random moments, while libfido2 makes it work.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "harness/base/file_descriptor.h"
#include "virtual-key/fido2_test_device.h"
#include "virtual-key/store/sqlite_store.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::virtual_key {
namespace {

using std::chrono::milliseconds;

constexpr const char* kKillPin = "123456";
constexpr int kUsers = 40;
constexpr int kAllRetries = 8;
const ByteArray<32> kHash{1, 2, 3};

/// The reduced count of a long series, or all of it where KEYRIG_TEST_FULL is set.
int Kills(int full, int reduced) { return std::getenv("KEYRIG_TEST_FULL") ? full : reduced; }

/// One end of a connection that carries reports as they are.
class ReportSocket final : public HidPort {
 public:
  explicit ReportSocket(FileDescriptor fd) : fd_(std::move(fd)) {}
  bool Write(const HidReport& report) override {
    return ::send(fd_.get(), report.data(), report.size(), MSG_NOSIGNAL) == 64;
  }
  std::optional<HidReport> Read(milliseconds timeout) override {
    pollfd source{fd_.get(), POLLIN, 0};
    if (::poll(&source, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
    HidReport report;
    if (::recv(fd_.get(), report.data(), report.size(), 0) != 64) {
      ended_ = true;
      return std::nullopt;
    }
    return report;
  }
  bool HasEnded() const { return ended_; }

 private:
  FileDescriptor fd_;
  bool ended_ = false;
};

/// What the process does: one key on the file, until the other end closes.
int ServeKey(const std::filesystem::path& file, FileDescriptor fd) {
  auto store = key_store::SqliteStore::Open(file);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  RealClock clock;
  Rng rng;
  NullSink events;
  VirtualKeyOptions options;
  options.pin = kKillPin;
  options.gesture = *GestureScript::Parse("touch");
  options.store = *std::move(store);
  const auto key = MemoryKey::Create(std::move(options), clock, rng, events);
  if (!key) {
    std::fprintf(stderr, "%s\n", key.error().message.c_str());
    return 1;
  }
  ReportSocket platform(std::move(fd));
  const auto port = (*key)->Open();
  while (!platform.HasEnded()) {
    if (const auto report = platform.Read(milliseconds(1))) port->Write(*report);
    while (const auto report = port->Read(milliseconds(0))) platform.Write(*report);
  }
  return 0;
}

/// A key's process and the platform's end of its wire.
class KeyProcess {
 public:
  explicit KeyProcess(const std::filesystem::path& file) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      ADD_FAILURE() << "no socket";
      return;
    }
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      ::_exit(ServeKey(file, FileDescriptor(ends[1])));
    }
    ::close(ends[1]);
    port_ = std::make_unique<ReportSocket>(FileDescriptor(ends[0]));
  }
  ~KeyProcess() { Kill(); }
  KeyProcess(const KeyProcess&) = delete;
  KeyProcess& operator=(const KeyProcess&) = delete;

  std::unique_ptr<HidPort> TakePort() { return std::move(port_); }
  pid_t Id() const { return pid_; }
  void Kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_ = -1;
  std::unique_ptr<HidPort> port_;
};

struct FreedByLibfido2 {
  void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
  void operator()(es256_pk_t* key) const { es256_pk_free(&key); }
};
using Cred = std::unique_ptr<fido_cred_t, FreedByLibfido2>;
using Assert = std::unique_ptr<fido_assert_t, FreedByLibfido2>;

/// The platform: what it has been told, and therefore may rely on.
class KillTest : public testing::Test {
 protected:
  struct Known {
    Bytes id, public_key;
  };

  KillTest() {
    std::string name = testing::TempDir() + "/keyrig_kill.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~KillTest() override { std::filesystem::remove_all(folder_); }

  static std::string RpOf(int user) { return "u" + std::to_string(user) + ".example"; }
  int Draw(int from, int to) { return std::uniform_int_distribution(from, to)(chance_); }

  /// A discoverable credential, which replaces the one of the same user.
  bool Make(Fido2TestDevice& device, int user) {
    const Cred cred(fido_cred_new());
    const std::string name = "user";
    fido_cred_set_type(cred.get(), COSE_ES256);
    fido_cred_set_clientdata_hash(cred.get(), kHash.data(), kHash.size());
    fido_cred_set_rp(cred.get(), RpOf(user).c_str(), nullptr);
    fido_cred_set_user(cred.get(), reinterpret_cast<const unsigned char*>(name.data()), name.size(),
                       name.c_str(), nullptr, nullptr);
    fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
    in_doubt_ = user;
    right_pin_in_doubt_ = true;
    if (fido_dev_make_cred(device.get(), cred.get(), kKillPin) != FIDO_OK) return false;
    in_doubt_.reset();
    right_pin_in_doubt_ = false;
    retries_ = kAllRetries;
    const unsigned char* id = fido_cred_id_ptr(cred.get());
    const unsigned char* key = fido_cred_pubkey_ptr(cred.get());
    known_[user] = {Bytes(id, id + fido_cred_id_len(cred.get())),
                    Bytes(key, key + fido_cred_pubkey_len(cred.get()))};
    return true;
  }

  /// Whether the key answered. That it signs is asserted, and that its counter is new.
  bool SignIn(Fido2TestDevice& device, int user) {
    const Assert assertion(fido_assert_new());
    fido_assert_set_rp(assertion.get(), RpOf(user).c_str());
    fido_assert_set_clientdata_hash(assertion.get(), kHash.data(), kHash.size());
    fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE);
    const int status = fido_dev_get_assert(device.get(), assertion.get(), nullptr);
    const auto known = known_.find(user);
    if (status == FIDO_ERR_NO_CREDENTIALS) {
      EXPECT_TRUE(known == known_.end()) << "an acknowledged credential is lost: user " << user;
      return true;
    }
    if (status != FIDO_OK) return false;
    EXPECT_EQ(fido_assert_count(assertion.get()), 1U) << "both the old and the new one are there";
    ExpectNewCounter(fido_assert_sigcount(assertion.get(), 0));
    const Bytes id(fido_assert_id_ptr(assertion.get(), 0),
                   fido_assert_id_ptr(assertion.get(), 0) + fido_assert_id_len(assertion.get(), 0));
    if (known == known_.end() || id != known->second.id) {
      // Made by a process that was killed before it could say so; nothing else may be there.
      EXPECT_TRUE(unacknowledged_.contains(user)) << "an acknowledged credential is lost: " << user;
      return true;
    }
    const std::unique_ptr<es256_pk_t, FreedByLibfido2> key(es256_pk_new());
    es256_pk_from_ptr(key.get(), known->second.public_key.data(), known->second.public_key.size());
    EXPECT_EQ(fido_assert_verify(assertion.get(), 0, COSE_ES256, key.get()), FIDO_OK);
    return true;
  }

  void ExpectNewCounter(std::uint32_t counter) {
    EXPECT_GT(counter, last_counter_) << "a counter was repeated";
    last_counter_ = std::max(last_counter_, counter);
  }

  bool TryWrongPin(Fido2TestDevice& device) {
    const Cred cred(fido_cred_new());
    fido_cred_set_type(cred.get(), COSE_ES256);
    fido_cred_set_clientdata_hash(cred.get(), kHash.data(), kHash.size());
    fido_cred_set_rp(cred.get(), "pin.example", nullptr);
    fido_cred_set_user(cred.get(), kHash.data(), 1, "user", nullptr, nullptr);
    wrong_pin_in_doubt_ = true;
    const int status = fido_dev_make_cred(device.get(), cred.get(), "000000");
    if (status != FIDO_ERR_PIN_INVALID && status != FIDO_ERR_PIN_AUTH_BLOCKED) return false;
    wrong_pin_in_doubt_ = false;
    --retries_;
    return true;
  }

  /// What the restarted key has to remember.
  void ExpectNothingForgotten(Fido2TestDevice& device) {
    int retries = -1;
    ASSERT_EQ(fido_dev_get_retry_count(device.get(), &retries), FIDO_OK);
    std::set<int> allowed{retries_};
    if (wrong_pin_in_doubt_ || right_pin_in_doubt_) allowed.insert(retries_ - 1);
    if (right_pin_in_doubt_) allowed.insert(kAllRetries);
    EXPECT_TRUE(allowed.contains(retries)) << retries << " retries, acknowledged: " << retries_;
    retries_ = retries;
    wrong_pin_in_doubt_ = right_pin_in_doubt_ = false;
    if (in_doubt_) {
      unacknowledged_.insert(*in_doubt_);
      ASSERT_TRUE(SignIn(device, *in_doubt_));
      ASSERT_TRUE(Make(device, *in_doubt_));
    }
    unacknowledged_.clear();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(SignIn(device, Draw(0, kUsers - 1)));
  }

  /// Until the key is killed: by another thread at a random moment, or here right after it has
  /// acknowledged something.
  void Work(Fido2TestDevice& device, const KeyProcess& process) {
    int wrong = 0;
    while (true) {
      const int what = Draw(0, 9);
      bool answered = false;
      if (what < 4 || retries_ < 4) {
        answered = Make(device, Draw(0, kUsers - 1));
      } else if (what < 7 || wrong == 2) {
        answered = SignIn(device, Draw(0, kUsers - 1));
      } else {
        ++wrong;
        answered = TryWrongPin(device);
      }
      if (!answered) return;
      ++answered_;
      if (Draw(0, 5) == 0) ::kill(process.Id(), SIGKILL);
    }
  }

  std::filesystem::path folder_;
  std::mt19937 chance_{std::random_device()()};
  std::map<int, Known> known_;
  std::set<int> unacknowledged_;
  std::optional<int> in_doubt_;  // the user whose new credential was not acknowledged
  int retries_ = kAllRetries;
  bool wrong_pin_in_doubt_ = false, right_pin_in_doubt_ = false;
  std::uint32_t last_counter_ = 0;
  int answered_ = 0;
};

TEST_F(KillTest, NothingThatWasAcknowledgedIsLost) {
  const std::filesystem::path file = folder_ / "key.db";
  const int kills = Kills(500, 20);
  for (int kill = 0; kill < kills && !HasFailure(); ++kill) {
    KeyProcess process(file);
    if (kill % 5 == 0) {  // while it starts, the file being made or opened
      std::this_thread::sleep_for(std::chrono::microseconds(Draw(0, 60'000)));
      process.Kill();
      continue;
    }
    Fido2TestDevice device(process.TakePort());
    ASSERT_EQ(device.OpenStatus(), FIDO_OK) << "after " << kill << " kills";
    ASSERT_NO_FATAL_FAILURE(ExpectNothingForgotten(device)) << "after " << kill << " kills";
    const auto delay = std::chrono::microseconds(Draw(0, 400'000));
    const std::jthread killer([id = process.Id(), delay] {
      std::this_thread::sleep_for(delay);
      ::kill(id, SIGKILL);
    });
    Work(device, process);
  }
  KeyProcess process(file);
  Fido2TestDevice device(process.TakePort());
  ASSERT_EQ(device.OpenStatus(), FIDO_OK);
  ASSERT_NO_FATAL_FAILURE(ExpectNothingForgotten(device));
  for (const auto& [user, known] : known_) ASSERT_TRUE(SignIn(device, user)) << user;
  EXPECT_GT(answered_, kills / 4) << "the key was killed before it did anything";
  std::printf("%d kills, %d answers, %zu credentials, last counter %u\n", kills, answered_,
              known_.size(), last_counter_);
}

}  // namespace
}  // namespace keyrig::virtual_key
