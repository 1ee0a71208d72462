#include "virtual-key/app/journal_file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace keyrig::app {

Result<std::unique_ptr<JournalFile>, Error> JournalFile::Start(
    const std::filesystem::path& path, journal::Format format,
    std::shared_ptr<const journal::Journal> journal) {
  FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return Fail("cannot write the journal " + path.string() + ": " + std::strerror(errno));
  return std::unique_ptr<JournalFile>(
      new JournalFile(std::move(file), path, format, std::move(journal)));
}

JournalFile::JournalFile(FileDescriptor file, std::filesystem::path path, journal::Format format,
                         std::shared_ptr<const journal::Journal> journal)
    : file_(std::move(file)),
      path_(std::move(path)),
      journal_(std::move(journal)),
      writer_([this, format](const std::stop_token& stop) {
        // Whoever reads a pipe may go; that is no end of the key.
        sigset_t broken_pipe;
        sigemptyset(&broken_pipe);
        sigaddset(&broken_pipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
        journal_->Read(format, /*follow=*/true, stop,
                       [this](std::string_view piece) { return Write(piece); });
      }) {}

bool JournalFile::Write(std::string_view piece) const {
  while (!piece.empty()) {
    const ssize_t written = ::write(file_.get(), piece.data(), piece.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      std::fprintf(stderr, "virtual-key: the journal %s ends here: %s\n", path_.c_str(),
                   std::strerror(errno));
      return false;
    }
    piece.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace keyrig::app
