#include "virtual-key/store/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "harness/base/file_descriptor.h"
#include "virtual-key/store/schema.h"

namespace keyrig::key_store {
namespace {

using std::filesystem::path;

constexpr const char* kLeft = "; it was left as it is. Choose another file";

Error Unmakable(const path& file, const std::string& why) {
  return Error{"cannot make " + file.string() + ": " + why};
}

/// A file that is there only until it is renamed or forgotten.
class NewFile {
 public:
  /// Beside `file`, mode 0600 from the start.
  static Result<NewFile, Error> MakeBeside(const path& file) {
    std::string name = file.string() + ".XXXXXX";
    const FileDescriptor made(::mkostemp(name.data(), O_CLOEXEC));
    if (!made) return Err(Unmakable(file, std::strerror(errno)));
    return NewFile(std::move(name));
  }
  ~NewFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  NewFile(NewFile&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  NewFile& operator=(NewFile&&) = delete;

  const std::string& Name() const { return name_; }
  /// Gives it its name where nothing has that yet. An existing file is not replaced.
  Result<void, Error> Become(const path& file) {
    if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0) {
      name_.clear();
      return {};
    }
    // Not every file system can; each of these can link, and the old name is then unlinked.
    if (errno == EINVAL && ::link(name_.c_str(), file.c_str()) == 0) return {};
    if (errno == EEXIST) return {};
    return Err(Unmakable(file, std::strerror(errno)));
  }

 private:
  explicit NewFile(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

Result<void, Error> SyncFolderOf(const path& file) {
  const path folder = file.has_parent_path() ? file.parent_path() : path(".");
  const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || ::fsync(opened.get()) != 0) return Err(Unmakable(file, std::strerror(errno)));
  return {};
}

/// Whole at once: whoever sees the name sees a memory with its schema.
Result<void, Error> Make(const path& file) {
  NewFile made = TRY(NewFile::MakeBeside(file));
  {
    const Database database = TRY(Database::Open(made.Name(), Database::Access::kWrite));
    TRY(database.Text("PRAGMA journal_mode = MEMORY"));
    if (const auto migrated = Migrate(database); !migrated) {
      return Err(Unmakable(file, migrated.error().message));
    }
  }
  TRY(made.Become(file));
  return SyncFolderOf(file);
}

Result<void, Error> CheckOutside(const path& file, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return Fail(file.string() + " is no file; choose another path");
  if (status.st_size == 0) {
    return Fail(file.string() + " is empty and no key's memory; remove it or choose another file");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(file.string() +
                " holds a key's secrets but is open to other users; run chmod 600 " +
                file.string());
  }
  return {};
}

Error InUse(const path& file) {
  return Error{file.string() + " is in use by another key; stop that or choose another file"};
}

/// What SQLite's code for a failed read means.
Error Unreadable(const path& file, const Database& database, const Error& error) {
  switch (database.LastCode() & 0xFF) {
    case SQLITE_BUSY:
      return InUse(file);
    case SQLITE_NOTADB:
      return Error{file.string() + " is no key's memory: it is no SQLite file" + kLeft};
    case SQLITE_CORRUPT:
      return Damaged(file, error.message);
    default:
      return Error{"cannot read " + file.string() + ": " + error.message};
  }
}

/// Whether it is a key's memory at all, as the bytes stand: of another program's file not even the
/// lock is touched.
Result<void, Error> CheckOwner(const path& file) {
  const auto database = Database::Open(file, Database::Access::kAsItIs);
  if (!database) return Fail("cannot open " + file.string() + ": " + database.error().message);
  const auto application = database->Integer("PRAGMA application_id");
  if (!application) return Err(Unreadable(file, *database, application.error()));
  if (*application == kApplicationId) return {};
  return Fail(file.string() + " is no key's memory: it is another program's SQLite file" + kLeft);
}

/// Whether the memory is whole and this program knows its schema. Changes nothing.
Result<void, Error> Judge(const path& file, const Database& database) {
  const auto version = database.Integer("PRAGMA user_version");
  if (!version) return Err(Unreadable(file, database, version.error()));
  const auto known = static_cast<std::int64_t>(SchemaSteps().size());
  if (*version < 0 || *version > known) {
    return Fail(file.string() + " was written by a newer keyrig (schema version " +
                std::to_string(*version) + ", this one knows " + std::to_string(known) +
                "); use that one. It was left as it is");
  }
  const auto check = database.Text("PRAGMA quick_check(1)");
  if (!check) return Err(Unreadable(file, database, check.error()));
  if (*check != "ok") return Err(Damaged(file, *check));
  return {};
}

Result<void, Error> LockForThisProcess(const path& file, const Database& database) {
  TRY(database.Text("PRAGMA locking_mode = EXCLUSIVE"));
  const auto locked = database.Execute("BEGIN EXCLUSIVE; COMMIT");
  if (!locked) return Err(Unreadable(file, database, locked.error()));
  return {};
}

/// Every commit is on the disk when it returns, and what is deleted is overwritten. The write of
/// what stands there already shows now, not at the first touch, that a journal cannot be made.
Result<void, Error> PrepareForWriting(const path& file, const Database& database) {
  const auto prepared = [&]() -> Result<void, Error> {
    TRY(database.Text("PRAGMA journal_mode = TRUNCATE"));
    TRY(database.Execute("PRAGMA synchronous = FULL"));
    TRY(database.Text("PRAGMA secure_delete = ON"));
    TRY(Migrate(database));
    const Transaction trial = TRY(Transaction::Begin(database));
    return database.Execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  }();
  if (!prepared) return Fail(file.string() + " cannot be written: " + prepared.error().message);
  return {};
}

}  // namespace

Error Damaged(const path& file, const std::string& how) {
  return Error{file.string() + " is damaged (" + how +
               "); it was left as it is. Restore a copy of it or choose another file"};
}

Result<Database, Error> OpenStoreFile(const path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) return Fail("cannot open " + file.string() + ": " + std::strerror(errno));
    TRY(Make(file));
  } else {
    TRY(CheckOutside(file, status));
  }
  TRY(CheckOwner(file));
  auto opened = Database::Open(file, Database::Access::kWrite);
  if (!opened) return Fail("cannot open " + file.string() + ": " + opened.error().message);
  TRY(LockForThisProcess(file, *opened));
  TRY(Judge(file, *opened));
  TRY(PrepareForWriting(file, *opened));
  return std::move(*opened);
}

}  // namespace keyrig::key_store
