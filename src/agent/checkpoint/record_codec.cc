#include "agent/checkpoint/record_codec.h"

#include <array>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"

namespace mesos::agent {
namespace {

constexpr char kMagic[] = {'M', 'C', 'P', static_cast<char>(kCheckpointVersion)};
constexpr size_t kHeaderBytes = sizeof(kMagic);
constexpr size_t kFrameBytes = 8;

// The largest message of the wire fits, with room for what the agent adds.
constexpr size_t kMaxRecordBytes = 2 * limits::kMaxMessageBytes;

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0);
    table[i] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = MakeCrcTable();

void AppendLittleEndian(uint32_t value, std::string* out) {
  for (int i = 0; i < 4; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

uint32_t ReadLittleEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

bool AllZero(absl::string_view bytes) {
  return bytes.find_first_not_of('\0') == absl::string_view::npos;
}

absl::Status CheckHeader(absl::string_view path, absl::string_view bytes) {
  if (bytes.substr(0, 3) != absl::string_view(kMagic, 3)) {
    return absl::DataLossError(absl::StrCat("'", path, "' is not a checkpoint file of this agent"));
  }
  const int version = static_cast<unsigned char>(bytes[3]);
  if (version != kCheckpointVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", path, "' has version ", version, "; this agent reads version ",
                     kCheckpointVersion, ". Start the agent version that wrote it"));
  }
  return absl::OkStatus();
}

}  // namespace

uint32_t Crc32(absl::string_view bytes) {
  uint32_t crc = 0xFFFFFFFFu;
  for (const char c : bytes) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  }
  return crc ^ 0xFFFFFFFFu;
}

std::string EncodeHeader() { return std::string(kMagic, kHeaderBytes); }

std::string EncodeRecord(absl::string_view bytes) {
  std::string out;
  out.reserve(kFrameBytes + bytes.size());
  AppendLittleEndian(static_cast<uint32_t>(bytes.size()), &out);
  AppendLittleEndian(Crc32(bytes), &out);
  out.append(bytes.data(), bytes.size());
  return out;
}

absl::StatusOr<DecodedRecords> DecodeRecords(absl::string_view path, absl::string_view bytes) {
  DecodedRecords decoded;
  if (bytes.empty()) return decoded;
  const bool short_header =
      bytes.size() < kHeaderBytes &&
      EncodeHeader().compare(0, bytes.size(), bytes.data(), bytes.size()) == 0;
  if (short_header || AllZero(bytes)) {
    decoded.torn = true;
    return decoded;
  }
  if (bytes.size() < kHeaderBytes) {
    return absl::DataLossError(absl::StrCat("'", path, "' is not a checkpoint file of this agent"));
  }
  RETURN_IF_ERROR(CheckHeader(path, bytes));
  size_t offset = kHeaderBytes;
  while (offset < bytes.size()) {
    const absl::string_view rest = bytes.substr(offset);
    decoded.valid_bytes = offset;
    if (rest.size() < kFrameBytes || AllZero(rest)) {
      decoded.torn = true;
      return decoded;
    }
    const uint32_t length = ReadLittleEndian(rest);
    if (length == 0 || length > kMaxRecordBytes) {
      return absl::DataLossError(absl::StrCat("'", path, "' has a record of ", length,
                                              " bytes at offset ", offset, ": it is corrupt"));
    }
    if (rest.size() - kFrameBytes < length) {
      decoded.torn = true;
      return decoded;
    }
    const absl::string_view record = rest.substr(kFrameBytes, length);
    if (Crc32(record) != ReadLittleEndian(rest.substr(4))) {
      return absl::DataLossError(absl::StrCat("'", path, "' has a record at offset ", offset,
                                              " whose checksum does not match: it is corrupt"));
    }
    decoded.records.push_back(record);
    offset += kFrameBytes + length;
  }
  decoded.valid_bytes = bytes.size();
  return decoded;
}

absl::StatusOr<absl::string_view> DecodeSingleRecord(absl::string_view path,
                                                     absl::string_view bytes) {
  ASSIGN_OR_RETURN(DecodedRecords decoded, DecodeRecords(path, bytes));
  if (decoded.records.empty()) {
    return absl::OutOfRangeError(absl::StrCat("'", path, "' is empty or cut short"));
  }
  if (decoded.torn || decoded.records.size() != 1) {
    return absl::DataLossError(
        absl::StrCat("'", path, "' holds more than the one record that it should: it is corrupt"));
  }
  return decoded.records[0];
}

std::string EncodeEnd(absl::Time ended_at) {
  return EncodeHeader() + EncodeRecord(absl::StrCat(absl::ToUnixNanos(ended_at)));
}

std::optional<absl::Time> DecodeEnd(absl::string_view bytes) {
  const absl::StatusOr<absl::string_view> record = DecodeSingleRecord("", bytes);
  int64_t nanoseconds = 0;
  if (!record.ok() || !absl::SimpleAtoi(*record, &nanoseconds)) return std::nullopt;
  return absl::FromUnixNanos(nanoseconds);
}

}  // namespace mesos::agent
