#pragma once
// Purpose: the calls of a Batch API: a file goes up, a job over it is made, looked at, and its files come down.
// Source: OpenAI's API reference, files and batches. Failures that may pass are tried again as the failure table says; a
// job that may have been made without our hearing of it is looked for by its mark before it is made again.
// Errors: a server without a Batch API, a refused key; all resumable.

#include <optional>
#include <string>

#include "framework/base/json.h"
#include "framework/llm/sender.h"

namespace motive::llm {

struct BatchJob {
  std::string id, status, output_file, error_file, problem;
  bool ended() const;  // failed, completed, expired, cancelled
};

class BatchWire {
 public:
  BatchWire(Sender& sender, Line& line, const Clock& clock) : sender_(sender), line_(line), clock_(clock) {}
  /// An error where the server has no Batch API. Costs nothing.
  Status look_for_api();
  /// The id of the file.
  Result<std::string> upload(const std::string& name, const std::string& lines);
  Result<BatchJob> create(const std::string& file, const std::string& mark);
  Result<BatchJob> look(const std::string& id);
  /// The job with this mark among the last hundred.
  Result<std::optional<BatchJob>> find(const std::string& mark);
  Result<std::string> download(const std::string& file);

 private:
  struct Called {
    std::string body;
    std::optional<BatchJob> found;
  };
  Result<Called> call(HttpRequest request, const std::string& mark);
  Result<Json> call_json(HttpRequest request);
  HttpRequest get(const std::string& path) const;

  Sender& sender_;
  Line& line_;
  const Clock& clock_;
};

}  // namespace motive::llm
