#include "harness/app/interruption.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>

namespace keyrig::app {
namespace {

// What a signal handler may touch.
std::atomic<int> came = 0;
std::atomic<int> wake = -1;

void Wake() {
  const std::uint64_t one = 1;
  static_cast<void>(!write(wake, &one, sizeof one));
}

void OnSignal(int signal) {
  if (came.exchange(signal) != 0) _exit(128 + signal);
  Wake();
}

/// Whoever started this process may have had it ignore the signal, as `nohup` does.
void Handle(int signal, struct sigaction& before) {
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action{};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interruption::Interruption() : wake_(eventfd(0, EFD_CLOEXEC)) {
  came = 0;
  wake = wake_.get();
  watcher_ = std::jthread([this] {
    std::uint64_t count = 0;
    static_cast<void>(!read(wake_.get(), &count, sizeof count));
    if (Signal() == 0) return;
    std::fputs(
        "\nkeyrig: interrupted; cleaning up and writing the report (once more: end at once)\n",
        stderr);
    source_.request_stop();
  });
  Handle(SIGINT, before_interrupt_);
  Handle(SIGTERM, before_terminate_);
}

Interruption::~Interruption() {
  sigaction(SIGINT, &before_interrupt_, nullptr);
  sigaction(SIGTERM, &before_terminate_, nullptr);
  Wake();
  watcher_.join();
  wake = -1;
}

int Interruption::Signal() const { return came; }

}  // namespace keyrig::app
