#include "framework/encode/sentence_encoder.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>

#include "framework/base/parallel.h"
#include "framework/encode/bert.h"

namespace motive::encode {
namespace {

constexpr std::size_t kBatchPieces = 512;
constexpr std::size_t kTextsATile = 256;  // while they are cut into pieces

using Pieces = std::vector<std::int64_t>;

/// Texts of a batch: groups first .. last - 1, each of texts with the same pieces.
struct Batch {
  std::size_t first = 0, last = 0;
};

/// Texts in order of length, so that a batch has texts of about one length and a thread's share is about even.
struct Plan {
  std::vector<std::size_t> order;   // texts, by length, then pieces
  std::vector<std::size_t> groups;  // where in `order` those of a group begin; one more at the end
  std::vector<Batch> batches;
};

Plan make_plan(const std::vector<Pieces>& pieces) {
  Plan plan;
  plan.order.resize(pieces.size());
  std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
  std::stable_sort(plan.order.begin(), plan.order.end(), [&](std::size_t a, std::size_t b) {
    return pieces[a].size() != pieces[b].size() ? pieces[a].size() < pieces[b].size() : pieces[a] < pieces[b];
  });
  std::size_t filled = kBatchPieces;
  for (std::size_t at = 0; at < plan.order.size(); ++at) {
    const Pieces& own = pieces[plan.order[at]];
    if (at > 0 && own == pieces[plan.order[at - 1]]) continue;
    if (filled + own.size() > kBatchPieces) {
      plan.batches.push_back({plan.groups.size(), plan.groups.size()});
      filled = 0;
    }
    filled += own.size();
    plan.groups.push_back(at);
    ++plan.batches.back().last;
  }
  plan.groups.push_back(plan.order.size());
  return plan;
}

/// out = the vector of one text from the states of its n pieces.
void pool(const float* states, std::size_t n, const ModelFiles& files, std::span<float> out) {
  const std::size_t dim = out.size(), rows = files.pooling == Pooling::kMean ? n : 1;
  std::vector<double> sums(dim);
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t d = 0; d < dim; ++d) sums[d] += states[i * dim + d];
  }
  double squares = 0;
  for (double& sum : sums) {
    sum /= static_cast<double>(rows);
    squares += sum * sum;
  }
  const double scale = files.normalize ? 1 / std::max(std::sqrt(squares), 1e-12) : 1;
  for (std::size_t d = 0; d < dim; ++d) out[d] = static_cast<float>(sums[d] * scale);
}

/// The same for all that share it: what the calling thread had is put back.
class TorchThreads {
 public:
  TorchThreads() : before_(at::get_num_threads()) {}
  ~TorchThreads() { at::set_num_threads(before_); }
  TorchThreads(const TorchThreads&) = delete;
  TorchThreads& operator=(const TorchThreads&) = delete;

 private:
  const int before_;
};

}  // namespace

struct SentenceEncoder::Model {
  Path folder;
  ModelFiles files;
  WordPiece words;
  Bert bert;

  std::vector<Pieces> cut(std::span<const std::string> texts, int threads) const {
    std::vector<Pieces> pieces(texts.size());
    parallel_for((texts.size() + kTextsATile - 1) / kTextsATile, threads, [&](std::size_t tile) {
      for (std::size_t i = tile * kTextsATile; i < std::min(texts.size(), (tile + 1) * kTextsATile); ++i) {
        pieces[i] = words.ids(texts[i], files.max_len);
      }
    });
    return pieces;
  }

  void encode(const Batch& batch, const std::vector<Pieces>& pieces, const Plan& plan, std::vector<float>& out) const {
    nn::Packed packed;
    for (std::size_t g = batch.first; g < batch.last; ++g) {
      const Pieces& own = pieces[plan.order[plan.groups[g]]];
      packed.add(own, own.size());  // positions from 0
    }
    const torch::Tensor states = bert.forward(packed);
    const auto dim = static_cast<std::size_t>(files.shape.dim);
    for (std::size_t g = batch.first; g < batch.last; ++g) {
      const auto begin = static_cast<std::size_t>(packed.offsets[g - batch.first]);
      const auto end = static_cast<std::size_t>(packed.offsets[g - batch.first + 1]);
      const std::span<float> first = std::span(out).subspan(plan.order[plan.groups[g]] * dim, dim);
      pool(states.data_ptr<float>() + begin * dim, end - begin, files, first);
      for (std::size_t at = plan.groups[g] + 1; at < plan.groups[g + 1]; ++at) {
        std::copy(first.begin(), first.end(), out.begin() + static_cast<std::ptrdiff_t>(plan.order[at] * dim));
      }
    }
  }
};

Result<SentenceEncoder> SentenceEncoder::open(const Path& folder) {
  MOTIVE_ASSIGN(const ModelFiles files, read_model_files(folder));
  MOTIVE_ASSIGN(WordPiece words, WordPiece::open(files.vocabulary, files.pieces));
  MOTIVE_ASSIGN(const nn::TensorFile tensors, nn::read_tensors(files.weights));
  auto bert = Bert::take(tensors, files.shape, words.size());
  if (!bert) {
    return fail("{}: {}; config.json, vocab.txt and model.safetensors must be of one model: download it again",
                files.weights.string(), bert.error().message);
  }
  return SentenceEncoder(std::make_shared<const Model>(Model{folder, files, std::move(words), std::move(*bert)}));
}

std::size_t SentenceEncoder::dim() const { return static_cast<std::size_t>(model_->files.shape.dim); }
std::size_t SentenceEncoder::max_len() const { return model_->files.max_len; }

Result<std::vector<float>> SentenceEncoder::encode(std::span<const std::string> texts, int threads, const CancelFlag* cancel,
                                                   Progress* progress) const {
  const TorchThreads put_back;
  const std::vector<Pieces> pieces = model_->cut(texts, threads);
  const Plan plan = make_plan(pieces);
  std::vector<float> out(texts.size() * dim());
  std::mutex mutex;
  std::string error;
  std::size_t done = 0;
  parallel_for(plan.batches.size(), threads, [&](std::size_t b) {
    if (cancel && cancel->is_set()) return;
    const Batch& batch = plan.batches[b];
    std::string why;
    try {
      at::set_num_threads(1);
      model_->encode(batch, pieces, plan, out);
    } catch (const std::exception& thrown) {  // not through the threads
      why = thrown.what();
    }
    const std::lock_guard lock(mutex);
    if (!why.empty()) error = why;
    done += plan.groups[batch.last] - plan.groups[batch.first];
    if (progress) progress->update(static_cast<double>(done), static_cast<double>(texts.size()));
  });
  if (cancel && cancel->is_set()) return Error{"the encoding of texts was interrupted", ErrorKind::kCancelled};
  if (!error.empty()) return fail("{}: encoding failed: {}", model_->folder.string(), error);
  return out;
}

}  // namespace motive::encode
