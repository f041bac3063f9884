# The lines of GitLab's guide: pre_build_script, then pre_clone_script.
mkdir -p $HOME/.docker/ && echo "{ \"proxies\": { \"default\": { \"httpProxy\": \"$HTTP_PROXY\", \"httpsProxy\": \"$HTTPS_PROXY\", \"noProxy\": \"$NO_PROXY\" } } }" > $HOME/.docker/config.json
git config --global http.proxy $HTTP_PROXY; git config --global https.proxy $HTTPS_PROXY
