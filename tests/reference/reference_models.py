"""Models of random weights, and tokens to feed to any model."""

SEED = 20250625

TINY = dict(
    n_mels=80, n_audio_ctx=1500, n_audio_state=384, n_audio_head=6, n_audio_layer=4,
    n_vocab=51865, n_text_ctx=448, n_text_state=384, n_text_head=6, n_text_layer=4,
)  # fmt: skip
LARGE_V3_CUT = dict(
    n_mels=128, n_audio_ctx=1500, n_audio_state=1280, n_audio_head=20, n_audio_layer=2,
    n_vocab=51866, n_text_ctx=448, n_text_state=1280, n_text_head=20, n_text_layer=2,
)  # fmt: skip


def random_model(dims):
    """(dims, float16 state dict) of weights whose activations look like a trained model's.

    torch's own initialisation leaves attention almost uniform and layer norms trivial, where
    mistakes would not show: queries and keys are made three times larger, norms are varied.
    """
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(SEED)
    model = Whisper(ModelDimensions(**dims))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".query." in name or ".key." in name:
                parameter.mul_(3)
            elif "_ln." in name or ".ln." in name or "ln_post" in name:
                parameter.normal_(1.0 if name.endswith("weight") else 0.0, 0.2)
        model.decoder.token_embedding.weight.normal_(0, 0.05)
        model.decoder.positional_embedding.normal_(0, 0.02)
    return dims, type(model.state_dict())((name, tensor.half()) for name, tensor in model.state_dict().items())


def varied_tokens(model):
    """n_text_ctx tokens: the start of a transcript, then random ones that the model has an embedding for."""
    import torch
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(True, num_languages=model.num_languages, language="en", task="transcribe")
    trained = model.decoder.token_embedding.weight.detach().abs().amax(dim=1).nonzero().flatten()
    chosen = torch.randint(0, len(trained), (model.dims.n_text_ctx,), generator=torch.Generator().manual_seed(SEED))
    tokens = trained[chosen]
    start = torch.tensor(tokenizer.sot_sequence_including_notimestamps)
    tokens[: len(start)] = start
    return tokens
